"""The application's InfluxDB, as the connector needs it."""

from __future__ import annotations

from spark_influxdb import Connection, Points, WriteOptions
from weather import settings


def connection(influxdb: settings.InfluxDB) -> Connection:
    """The bucket of the readings, with the token that may write to it."""
    return Connection(influxdb.url, influxdb.org, influxdb.bucket, token_file=str(influxdb.write_token_file))


def points(measurement: str, tags: tuple[str, ...], fields: tuple[str, ...], time: str = "time") -> Points:
    """The points of a result, in whole seconds. Every number is a float, as everywhere in the store."""
    return Points(measurement, tags=tags, fields=fields, time=time, precision="s", booleans_as_floats=True)


def write_options(what: Points, influxdb: settings.InfluxDBSink) -> WriteOptions:
    """How results are written. A refused point fails the batch, because the application itself produced it."""
    return WriteOptions(connection(influxdb), what, influxdb.batch_lines)
