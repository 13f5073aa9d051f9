"""Reading from a real InfluxDB: what was written comes back, typed, in slices, with filters."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

import spark_influxdb
from spark_influxdb.options import read_options
from spark_influxdb.query_api import batches
from spark_influxdb.reader import quoted
from testing.servers import InfluxDBServer

ROWS = 5_000
Options = dict[str, str]
_numbers = itertools.count()


@pytest.fixture
def connected(influxdb_server: InfluxDBServer) -> Options:
    server = influxdb_server
    return {"url": server.url, "org": server.org, "bucket": server.bucket, "measurement": f'read "{next(_numbers)}"'}


@pytest.fixture
def writing(influxdb_server: InfluxDBServer, connected: Options) -> Options:
    return connected | {"token_file": str(influxdb_server.options.write_token_file)}


@pytest.fixture
def reading(influxdb_server: InfluxDBServer, connected: Options) -> Options:
    return connected | {"token_file": str(influxdb_server.options.read_token_file), "start": "1960-01-01"}


def every_type(session: SparkSession) -> DataFrame:
    """Each type of a field, two tags, times before and after 1970, and nulls."""
    n = F.col("id")
    return session.range(ROWS).select(
        F.timestamp_micros((n - 1000) * 3_600_000_123).alias("time"),
        F.concat(F.lit('s, "1" '), (n % 7).cast("string")).alias("station"),
        F.when(n % 2 == 0, F.lit("even")).alias("kind"),
        F.when(n % 3 > 0, n / 7).alias("x"),
        n.alias("n"),
        (n % 2 == 0).alias("flag"),
        F.concat(F.lit('line\n"two", \\'), n.cast("string")).alias("text"),
    )


def as_set(rows: DataFrame) -> set[tuple[Any, ...]]:
    micros = rows.withColumn("time", F.unix_micros("time"))
    return {tuple(row) for row in micros.select("time", "station", "kind", "x", "n", "flag", "text").collect()}


def test_what_was_written_comes_back(session: SparkSession, writing: Options, reading: Options) -> None:
    rows = every_type(session)
    options = writing | {"tags": "station,kind", "keep_integers": "true"}
    assert spark_influxdb.write(rows, options).points == ROWS
    read = session.read.format("influxdb").options(**reading).load()
    assert read.dtypes == [
        ("time", "timestamp"), ("kind", "string"), ("station", "string"), ("flag", "boolean"), ("n", "bigint"),
        ("text", "string"), ("x", "double"),
    ]  # fmt: skip
    assert read.rdd.getNumPartitions() == 4
    assert as_set(read) == as_set(rows)
    one = session.read.format("influxdb").options(**reading, partitions="1", fields="n").load()
    assert one.columns == ["time", "kind", "station", "n"] and one.rdd.getNumPartitions() == 1
    assert {row.n for row in one.collect()} == set(range(ROWS))


def test_filters_on_time_and_tags_reach_influxdb_and_change_no_result(
    session: SparkSession, writing: Options, reading: Options
) -> None:
    spark_influxdb.write(every_type(session), writing | {"tags": "station,kind", "keep_integers": "true"})
    everything = session.read.format("influxdb").options(**reading).load().cache()
    conditions = [
        "time >= '1970-02-01 12:00:00'",
        "time < '1970-02-01' AND time > '1969-12-30 23:00:00.5'",
        "time = timestamp_micros(123 * 3600000123)",
        "station = 's, \"1\" 3'",
        "kind = 'even' AND station IN ('s, \"1\" 1', 's, \"1\" 2')",
        "kind IS NULL AND n > 700",
        "station = 'nowhere'",
    ]
    for condition in conditions:
        found = session.read.format("influxdb").options(**reading).load().where(condition)
        assert as_set(found) == as_set(everything.where(condition)), condition
    everything.unpersist()


def test_a_query_of_ones_own(session: SparkSession, writing: Options, reading: Options) -> None:
    spark_influxdb.write(every_type(session), writing | {"tags": "station,kind", "keep_integers": "true"})
    flux = (
        f'from(bucket: "{reading["bucket"]}") |> range(start: 1960-01-01T00:00:00Z) '
        f'|> filter(fn: (r) => r._measurement == {quoted(reading["measurement"])} and r._field == "n") '
        '|> group(columns: ["station"]) |> sum()'
    )
    given = {name: text for name, text in reading.items() if name not in ("measurement", "start")}
    found = {r.station: r._value for r in session.read.format("influxdb").options(**given, query=flux).load().collect()}
    assert found == {f's, "1" {one}': sum(n for n in range(ROWS) if n % 7 == one) for one in range(7)}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"start": ""}, "start"),
        ({"start": "soon"}, "start='soon'"),
        ({"measurement": "nothing"}, "'nothing' has no points"),
        ({"bucket": "nowhere"}, "nowhere"),
        ({"query": "from("}, "either a `measurement`"),
        ({"colour": "red"}, "unknown option 'colour'; there are url"),
    ],
)
def test_a_wrong_option_is_named(session: SparkSession, reading: Options, changes: Options, words: str) -> None:
    with pytest.raises(Exception, match=words):
        session.read.format("influxdb").options(**reading | changes).load().collect()


def test_a_query_that_fails_says_why(reading: Options) -> None:
    connection = read_options(reading).connection
    with pytest.raises(spark_influxdb.InfluxDBError, match="refuses the query"):
        list(batches(connection, "from("))
    assert list(batches(connection, "buckets() |> limit(n: 1) |> map(fn: (r) => ({x: r.name}))"))
