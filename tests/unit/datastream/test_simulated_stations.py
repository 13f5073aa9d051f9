"""The weather of the simulated stations."""

from __future__ import annotations

from itertools import islice, pairwise
from statistics import fmean

from datastream.sources.simulated.stations import FREEZING, MONTHLY_MEANS, StationDay, all_stations, place

SEED = 2000
FEBRUARY_29 = 31 + 28
DAYS = 20 * 365


def weather(count: int, days: int, seed: int = SEED) -> list[StationDay]:
    return list(islice(all_stations(count, seed), count * days))


def test_each_day_has_all_stations_in_their_order_and_days_follow_each_other_from_2000_on() -> None:
    rows = weather(15, FEBRUARY_29 + 2)
    assert [row.station for row in rows[:15]] == list("ABCDEFGHIJKLMNO")
    assert {row.date for row in rows[:15]} == {"2000-01-01"}
    days = [row.date for row in rows[::15]]
    assert days == sorted(set(days))
    assert days[FEBRUARY_29 : FEBRUARY_29 + 2] == ["2000-02-29", "2000-03-01"]


def test_the_same_seed_is_the_same_weather_and_another_seed_is_other_weather() -> None:
    assert weather(5, 100) == weather(5, 100)
    assert weather(5, 100) != weather(5, 100, seed=SEED + 1)


def test_a_station_has_the_same_weather_whatever_the_number_of_the_others() -> None:
    alone = [row for row in weather(26, 200) if row.station == "C"]
    assert [row for row in weather(3, 200) if row.station == "C"] == alone


def test_it_never_rains_below_freezing() -> None:
    rows = weather(15, 3000)
    assert min(row.degrees for row in rows) < FREEZING
    assert not [row for row in rows if row.raining and row.degrees < FREEZING]


def test_about_three_days_in_ten_are_rainy() -> None:
    for seed in range(5):
        rows = weather(26, 2000, seed)
        assert 0.25 < fmean(row.raining for row in rows) < 0.4


def test_today_is_four_fifths_of_yesterday_and_a_fifth_of_the_months_mean_give_or_take_ten_degrees() -> None:
    rows = weather(1, DAYS)
    for yesterday, today in pairwise(rows):
        usual = MONTHLY_MEANS[int(today.date[5:7]) - 1]
        rest = today.degrees - 0.8 * yesterday.degrees
        assert abs(rest - 0.2 * usual) <= 10 + 0.2 * 17.5


def test_the_months_have_their_mean_give_or_take_that_of_the_station() -> None:
    rows = weather(26, DAYS)
    july = fmean(row.degrees for row in rows if row.date[5:7] == "07")
    january = fmean(row.degrees for row in rows if row.date[5:7] == "01")
    assert abs(july - MONTHLY_MEANS[6]) < 6
    assert abs(january - MONTHLY_MEANS[0]) < 6


def test_rain_comes_in_spells() -> None:
    warm = [row.raining for row in weather(1, DAYS) if "05" <= row.date[5:7] <= "09"]
    after_rain = fmean(today for yesterday, today in pairwise(warm) if yesterday)
    after_none = fmean(today for yesterday, today in pairwise(warm) if not yesterday)
    assert 0.55 < after_rain < 0.85
    assert after_none < 0.4


def test_each_station_has_a_place_of_its_own_on_the_invented_grid_whatever_the_number_of_the_others() -> None:
    places = {row.station: (row.LAT, row.LON) for row in weather(26, 2)}
    assert len(set(places.values())) == 26 and places["A"] == (45.0, -100.0) == place("A")
    assert places["B"] == (45.0, -97.0) and places["G"] == (43.0, -100.0)
    assert {row.station: (row.LAT, row.LON) for row in weather(3, 1)} == {name: places[name] for name in "ABC"}
