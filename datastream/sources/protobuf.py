"""The fields of a row as protobuf, for the topics of the simulated sources and the SQL source."""

from __future__ import annotations

import orjson

from weather.messages import place_report_pb2, report_pb2, station_report_pb2


def station_day(fields: bytes) -> bytes:
    """A simulated station's day, as `report.proto` defines it."""
    row = orjson.loads(fields)
    report = report_pb2.Report(
        date=row["date"], station=row["station"], degrees=row["degrees"], raining=bool(row["raining"])
    )
    return report.SerializeToString()


def place_day(fields: bytes) -> bytes:
    """A day of the single place, as `place_report.proto` defines it."""
    row = orjson.loads(fields)
    return place_report_pb2.Report(date=row["date"], degrees=row["degrees"]).SerializeToString()


def table_row(fields: bytes) -> bytes:
    """A row of the SQL table, as `station_report.proto` defines it."""
    row = orjson.loads(fields)
    report = station_report_pb2.Report(date=row["date"], degrees=row["degrees"], station_id=row["station_id"])
    return report.SerializeToString()
