"""The rows of the SQL table."""

from __future__ import annotations

import itertools
from datetime import date

from datastream.sources.sql.generator import rows


def test_the_first_day_is_that_of_the_exercise() -> None:
    first_day = list(itertools.islice(rows(), 10))
    assert [row.station_id for row in first_day] == [f"Station{letter}" for letter in "ABCDEFGHIJ"]
    assert {row.date for row in first_day} == {date(2000, 1, 1)}
    assert [row.degrees for row in first_day] == [
        23.851454295532143, 19.525202433007102, 22.977951196092594, 47.92533602679551, 52.0219652093013,
        22.266228429236403, 30.72235799978964, 26.98481298988876, 5, 0,
    ]  # fmt: skip


def test_station_i_is_constant_and_j_counts_the_days() -> None:
    year = list(itertools.islice(rows(), 3660))
    assert {row.degrees for row in year if row.station_id == "StationI"} == {5.0}
    assert [row.degrees for row in year if row.station_id == "StationJ"][:12] == [*range(10), 0, 1]
    assert year[-1].date == date(2000, 12, 31)


def test_row_number_n_is_always_the_same() -> None:
    assert list(itertools.islice(rows(), 100, 120)) == list(itertools.islice(rows(), 120))[100:]
