"""The application's InfluxDB, as the connector needs it."""

from __future__ import annotations

from spark_influxdb import Connection, Points, WriteOptions
from weather import settings

OUTAGE_RETRIES = 60
"""A quarter of an hour, with 16 seconds at most from one retry to the next: a query outlasts a restart of InfluxDB or
of its machine. Meanwhile its micro-batch waits, and the records stay in Kafka."""


def connection(influxdb: settings.InfluxDB) -> Connection:
    """The bucket of the readings, with the token that may write to it."""
    token_file = str(influxdb.write_token_file)
    return Connection(influxdb.url, influxdb.org, influxdb.bucket, token_file=token_file, max_retries=OUTAGE_RETRIES)


def points(measurement: str, tags: tuple[str, ...], fields: tuple[str, ...], time: str = "time") -> Points:
    """The points of a result, in whole seconds. Every number is a float, as everywhere in the store."""
    return Points(measurement, tags=tags, fields=fields, time=time, precision="s", booleans_as_floats=True)


def write_options(what: Points, influxdb: settings.InfluxDBSink) -> WriteOptions:
    """How results are written. A refused point fails the batch, because the application itself produced it."""
    return WriteOptions(connection(influxdb), what, influxdb.batch_lines)
