"""The weather of the single place."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import islice, pairwise
from statistics import fmean

from datastream.sources.simulated.single_place import DUPLICATE_DEGREES, PlaceDay, days

SEED = 1990
MANY = 40_000


def first(count: int, seed: int = SEED) -> list[PlaceDay]:
    return list(islice(days(seed), count))


def measured(rows: list[PlaceDay]) -> list[PlaceDay]:
    return [row for row in rows if row.degrees != DUPLICATE_DEGREES]


def test_every_day_from_1990_on_comes_once_in_order() -> None:
    found = [row.date for row in measured(first(MANY))]
    assert found == [(date(1990, 1, 1) + timedelta(days=n)).isoformat() for n in range(len(found))]


def test_one_item_in_twenty_is_the_previous_date_again_with_a_million_degrees() -> None:
    rows = first(MANY)
    assert 0.045 < 1 - len(measured(rows)) / MANY < 0.055
    for before, row in pairwise(rows):
        if row.degrees == DUPLICATE_DEGREES:
            assert row.date == before.date
    assert rows[0].degrees != DUPLICATE_DEGREES


def test_the_maxima_swing_between_one_and_ninety_four_degrees_in_a_year() -> None:
    rows = measured(first(3 * 365))
    assert 0.5 < min(row.degrees for row in rows) < 6
    assert 89 < max(row.degrees for row in rows) < 94.5
    coldest, warmest = (fmean(row.degrees for row in rows if row.date[5:7] == month) for month in ("01", "07"))
    assert coldest < 12 and warmest > 83


def test_it_slowly_becomes_warmer() -> None:
    rows = measured(first(MANY))
    decades = [fmean(row.degrees for row in rows if row.date.startswith(decade)) for decade in ("199", "203", "206")]
    assert decades == sorted(decades)


def test_degrees_have_four_decimals() -> None:
    assert all(row.degrees == round(row.degrees, 4) for row in first(1000))


def test_the_same_seed_is_the_same_weather() -> None:
    assert first(500) == first(500)
    assert first(500) != first(500, seed=SEED + 1)
