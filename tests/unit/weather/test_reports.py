"""What a message says of a day, or why it says nothing."""

from __future__ import annotations

import pytest

from consumers.kafka.reports import place_day, station_day, table_row
from weather.errors import RejectedRecord
from weather.messages import place_report_pb2, report_pb2, station_report_pb2


def test_a_day_of_a_station_is_counted_with_its_station() -> None:
    message = report_pb2.Report(date="2000-02-29", station="F", degrees=31.25, raining=True)
    assert station_day(message.SerializeToString()) == (("F",), "2000-02-29", 31.25)


def test_a_day_of_the_place_is_counted_with_its_month_and_year() -> None:
    message = place_report_pb2.Report(date="1990-01-31", degrees=20.5)
    assert place_day(message.SerializeToString()) == (("January", "1990"), "1990-01-31", 20.5)


def test_a_row_of_the_table_is_counted_with_its_station() -> None:
    message = station_report_pb2.Report(date="2000-01-01", degrees=0.0, station_id="StationJ")
    assert table_row(message.SerializeToString()) == (("StationJ",), "2000-01-01", 0.0)


@pytest.mark.parametrize("value", [b"garbage", b"\xff\xff", b'{"date": "2000-01-01"}'])
def test_bytes_that_are_no_protobuf_are_rejected_as_they_are(value: bytes) -> None:
    for decode in (station_day, place_day, table_row):
        with pytest.raises(RejectedRecord, match="not a protobuf message of this topic") as caught:
            decode(value)
        assert caught.value.record == value


@pytest.mark.parametrize("day", ["", "2000-02-30", "20000101", "2000-W01-1", "1-1-2000", "2000-01-01T00", "٢٠٠٠-01-01"])
def test_a_date_is_a_day_of_the_calendar_written_in_one_way(day: str) -> None:
    with pytest.raises(RejectedRecord, match="is not a date written as YYYY-MM-DD"):
        station_day(report_pb2.Report(date=day, station="A", degrees=1.0).SerializeToString())


@pytest.mark.parametrize("degrees", [float("nan"), float("inf"), -float("inf"), 1e300])
def test_what_would_spoil_every_sum_is_no_temperature(degrees: float) -> None:
    with pytest.raises(RejectedRecord, match="is not a temperature"):
        station_day(report_pb2.Report(date="2000-01-01", station="A", degrees=degrees).SerializeToString())


@pytest.mark.parametrize("station", ["", "partition", "offset"])
def test_a_station_cannot_be_called_as_the_file_calls_other_things(station: str) -> None:
    with pytest.raises(RejectedRecord, match="is not a valid station name"):
        station_day(report_pb2.Report(date="2000-01-01", station=station, degrees=1.0).SerializeToString())


def test_a_station_s_report_is_none_of_the_one_place_and_the_other_way_round() -> None:
    with pytest.raises(RejectedRecord, match="of a station"):
        place_day(station_report_pb2.Report(date="2000-01-01", degrees=1.0, station_id="A").SerializeToString())
    with pytest.raises(RejectedRecord, match="station_id is missing"):
        table_row(place_report_pb2.Report(date="2000-01-01", degrees=1.0).SerializeToString())


def test_a_message_without_a_value_is_rejected() -> None:
    with pytest.raises(RejectedRecord):
        station_day(None)
