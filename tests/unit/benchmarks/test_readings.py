from __future__ import annotations

import json

import pytest

from benchmarks.write import readings
from benchmarks.write.readings import Readings
from weather.reading import FIELDS, HOUR, MEASURED, MESSAGE_COLUMNS, STATION_ID, STATION_NAME, parse_hour

SHIPPED_ROWS = 36_962


def point_of(value: bytes) -> tuple[str, str, dict[str, float], int]:
    """What a message says: station, its number, numbers under the store's names, seconds."""
    message = json.loads(value)
    numbers = {field.name: float(message[field.source]) for field in FIELDS if field.source in message}
    return message[STATION_NAME], message[STATION_ID], numbers, int(parse_hour(message[HOUR]).timestamp())


def point_in(line: str) -> tuple[str, str, dict[str, float], int]:
    """The same of a line."""
    head, fields, seconds = line.replace("\\ ", "\0").split(" ")
    measurement, station, station_id = head.split(",")
    assert measurement == "meteo"
    numbers = {name: float(number) for name, number in (pair.split("=") for pair in fields.split(","))}
    station = station.removeprefix("station=").replace("\0", " ")
    return station, station_id.removeprefix("station_id="), numbers, int(seconds)


@pytest.fixture(params=readings.KINDS)
def made(request: pytest.FixtureRequest) -> Readings:
    return readings.make(request.param, stations=7)


@pytest.mark.parametrize("number", [0, 1, 6, 7, 4093, 50_000])
def test_the_ready_made_line_is_the_same_point_as_the_message(made: Readings, number: int) -> None:
    key, value = made.message(number)
    station, station_id, numbers, seconds = point_of(value)
    assert point_in(made.line(number)) == (station, station_id, numbers, seconds)
    assert key.decode() == station_id
    assert made.place(number) == (station_id, seconds)


def test_no_two_readings_are_the_same_point(made: Readings) -> None:
    count = 2 * SHIPPED_ROWS
    assert len({made.place(number) for number in range(count)}) == count


def test_readings_go_on_hour_by_hour(made: Readings) -> None:
    times = [made.place(number)[1] for number in range(2 * SHIPPED_ROWS)]
    assert times == sorted(times)


def test_all_fields_readings_have_every_column_in_the_order_of_a_message() -> None:
    _, value = readings.all_fields(stations=3).message(5)
    assert tuple(json.loads(value)) == MESSAGE_COLUMNS


def test_realistic_readings_leave_out_what_is_missing_and_come_again_a_month_later() -> None:
    made = readings.realistic()
    first, later = json.loads(made.message(0)[1]), json.loads(made.message(SHIPPED_ROWS)[1])
    assert {**first, HOUR: ""} == {**later, HOUR: ""}
    assert (parse_hour(later[HOUR]) - parse_hour(first[HOUR])).days == 31
    assert len(first) < len(MESSAGE_COLUMNS)
    assert any(field.source in first for field in MEASURED)
