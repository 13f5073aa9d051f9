"""Whatever the names and values: what the connector writes to a real InfluxDB comes back equal, by two readers."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from influxdb_client import InfluxDBClient
from pyspark.sql import SparkSession

from spark_app.influxdb.store import connection
from spark_influxdb import Connection, Points, WriteOptions
from spark_influxdb import reader as reading
from spark_influxdb.reader import ReadOptions, quoted
from spark_influxdb.writer import write_batches
from testing.servers import InfluxDBServer

EPOCH, MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
Row = dict[str, Any]
_numbers = itertools.count()

words = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufeff"), min_size=1, max_size=8)
names = words.filter(lambda name: not name.startswith("_") and not name.endswith("\\") and name != "time")
tag_values = words.filter(lambda value: not value.endswith("\\"))
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0\ufeff"), min_size=1, max_size=12)
VALUES: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.float64(): st.floats(allow_nan=False, allow_infinity=False),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.bool_(): st.booleans(),
    pa.string(): texts,
}
moments = st.integers((FIRST - EPOCH) // MICROSECOND, (LAST - EPOCH) // MICROSECOND - 1)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], pa.RecordBatch]:
    """The names of the tags, and rows: `time`, tags, and fields of all types, with nulls. No two rows are one point."""
    columns = draw(st.lists(names, min_size=2, max_size=6, unique=True))
    tags = columns[: draw(st.integers(0, len(columns) - 1))]
    kinds = {name: draw(st.sampled_from(sorted(VALUES, key=str))) for name in columns if name not in tags}
    times = draw(st.lists(moments, min_size=1, max_size=5, unique=True))
    data: dict[str, pa.Array] = {"time": pa.array(times, pa.timestamp("us", "UTC"))}
    for name in tags:
        data[name] = pa.array([draw(st.none() | tag_values) for _ in times], pa.string())
    for name, kind in kinds.items():
        data[name] = pa.array([draw(st.none() | VALUES[kind]) for _ in times], kind)
    return tags, pa.RecordBatch.from_pydict(data)


def wanted(batch: pa.RecordBatch, tags: list[str]) -> list[Row]:
    """The rows that have a field, by time, without nulls."""
    rows = [{name: value for name, value in row.items() if value is not None} for row in batch.to_pylist()]
    return sorted((row for row in rows if row.keys() - {"time", *tags}), key=lambda row: row["time"])


def by_the_connector(place: Connection, measurement: str) -> list[Row]:
    """The rows without nulls, by the connector's own reader, without Spark."""
    options = ReadOptions(place, measurement, start=FIRST, stop=LAST, partitions=2)
    found = reading.Reader(options, reading.schema(options))
    rows = [row for part in found.partitions() for batch in found.read(part) for row in batch.to_pylist()]
    kept = [{name: value for name, value in row.items() if value is not None} for row in rows]
    return sorted(kept, key=lambda row: row["time"])


def by_flux(server: InfluxDBServer, measurement: str) -> list[Row]:
    """The rows without nulls, by a query of influxdb_client."""
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: 2026-01-01T00:00:00Z, stop: 2026-02-01T00:00:00Z) '
        f"|> filter(fn: (r) => r._measurement == {quoted(measurement)})"
    )
    rows: dict[datetime, Row] = {}
    with InfluxDBClient(server.url, server.read_token, org=server.org) as client:
        for table in client.query_api().query(query):
            for record in table.records:
                row = rows.setdefault(record.get_time(), {"time": record.get_time()})
                row[record.get_field()] = record.get_value()
                given = {name: value for name, value in record.values.items() if not name.startswith("_")}
                row |= {name: value for name, value in given.items() if name not in ("result", "table")}
    return [rows[time] for time in sorted(rows)]


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), name=names)
def test_rows_come_back_equal(
    influxdb_server: InfluxDBServer, table: tuple[list[str], pa.RecordBatch], name: str
) -> None:
    tags, batch = table
    measurement = f"{next(_numbers)} {name}"
    place = connection(influxdb_server.options)
    points = Points(measurement, tags=tuple(tags), keep_integers=True)
    rows = wanted(batch, tags)
    written = write_batches([batch], WriteOptions(place, points))
    assert written.points == len(rows) and written.skipped == len(batch) - len(rows)
    if not rows:
        return
    own = Connection(place.url, place.org, place.bucket, token=influxdb_server.read_token)
    assert by_the_connector(own, measurement) == rows
    if not {"result", "table"} & set(batch.schema.names):  # influxdb_client overwrites columns with these names
        assert by_flux(influxdb_server, measurement) == rows


@settings(deadline=None, max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), name=names)
def test_and_through_spark(
    influxdb_server: InfluxDBServer, session: SparkSession, table: tuple[list[str], pa.RecordBatch], name: str
) -> None:
    tags, batch = table
    server, measurement = influxdb_server, f"{next(_numbers)} {name}"
    rows = wanted(batch, tags)
    if not rows or any("," in tag or tag != tag.strip() for tag in tags):  # an option separates names by commas
        return
    lowered = [column.lower() for column in batch.schema.names]
    if len(set(lowered)) < len(lowered):  # Spark's names of columns are not case-sensitive
        return
    into = {"url": server.url, "org": server.org, "bucket": server.bucket, "measurement": measurement}
    frame = session.createDataFrame(pa.Table.from_batches([batch]))
    written = into | {"tags": ",".join(tags), "keep_integers": "true", "token": server.admin_token}
    frame.write.format("influxdb").options(**written).mode("append").save()
    asked = into | {"token": server.read_token, "start": "2026-01-01", "stop": "2026-02-01"}
    found = session.read.format("influxdb").options(**asked).load().toArrow().to_pylist()
    kept = [{key: value for key, value in row.items() if value is not None} for row in found]
    assert sorted(kept, key=lambda row: row["time"]) == rows
