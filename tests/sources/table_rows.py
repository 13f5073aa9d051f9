"""The first rows of the exercise's table, as they are in the table and in the topic."""

from __future__ import annotations

import itertools

from datastream.sources.sql.generator import Row, rows
from tests.sources.streams import Stream
from weather.messages import station_report_pb2

Report = tuple[str, str, float]


def first_rows(count: int) -> list[Row]:
    """The first rows of the exercise's table."""
    return list(itertools.islice(rows(), count))


def report(value: bytes | None) -> Report:
    found = station_report_pb2.Report.FromString(value or b"")
    return found.station_id, found.date, found.degrees


def reports(stream: Stream) -> list[Report]:
    """What is in the topic, each under the key of its station."""
    records = [(key, report(value)) for _, key, value in stream.records()]
    assert all(key == found[0].encode() for key, found in records)
    return [found for _, found in records]


def as_sent(count: int) -> list[Report]:
    """The first rows of the exercise as they should be in the topic."""
    return [(row.station_id, row.date.isoformat(), row.degrees) for row in first_rows(count)]
