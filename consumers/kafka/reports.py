"""The daily reports in the topics: each function decodes a message, or raises RejectedRecord with the reason."""

from __future__ import annotations

import calendar
from datetime import date
from functools import lru_cache
from typing import TypeVar

from google.protobuf.message import DecodeError, Message

from weather.daily import MAX_DEGREES
from weather.errors import RejectedRecord
from weather.messages import report_pb2, station_report_pb2

RESERVED = ("partition", "offset")
MONTHS = tuple(calendar.month_name)

Decoded = TypeVar("Decoded", bound=Message)


Day = tuple[tuple[str, ...], str, float]
"""The group (a station, or a month of a year), the date and the degrees. A plain tuple, because there are so many."""


def station_day(value: bytes | None) -> Day:
    """The day in a message of topic `stations`. Its group is the station."""
    report = _decoded(report_pb2.Report, value)
    station, day, degrees = report.station, report.date, report.degrees
    if not station or station in RESERVED:
        raise RejectedRecord(f"{station!r} is not a valid station name", value or b"")
    _check(day, degrees, value)
    return (station,), day, degrees


def place_day(value: bytes | None) -> Day:
    """The day in a message of the single place. Its group is month and year, such as ("January", "1990")."""
    report = _decoded(station_report_pb2.Report, value)  # place_report plus one field
    if report.station_id:
        raise RejectedRecord("a report of a station, not of the one place", value or b"")
    day, degrees = report.date, report.degrees
    _check(day, degrees, value)
    return (MONTHS[int(day[5:7])], day[:4]), day, degrees


def table_row(value: bytes | None) -> Day:
    """The row in a message of topic `temperatures`. Its group is the station."""
    report = _decoded(station_report_pb2.Report, value)
    if not report.station_id:
        raise RejectedRecord("station_id is missing", value or b"")
    day, degrees = report.date, report.degrees
    _check(day, degrees, value)
    return (report.station_id,), day, degrees


@lru_cache(maxsize=4096)
def is_day(text: str) -> bool:
    """Whether this is a calendar day, written as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _decoded(kind: type[Decoded], value: bytes | None) -> Decoded:
    try:
        return kind.FromString(value or b"")
    except DecodeError as error:
        raise RejectedRecord("not a protobuf message of this topic", value or b"") from error


def _check(day: str, degrees: float, value: bytes | None) -> None:
    if not is_day(day):
        raise RejectedRecord(f"{day!r} is not a date written as YYYY-MM-DD", value or b"")
    if not -MAX_DEGREES < degrees < MAX_DEGREES:
        raise RejectedRecord(f"{degrees} is not a temperature", value or b"")
