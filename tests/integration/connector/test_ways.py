"""Every way of the connector into a real InfluxDB, with a real Spark."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from influxdb_client import InfluxDBClient
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import DataStreamWriter

import spark_influxdb
from spark_influxdb import InfluxDBWriter, Refusal, batch_function, prepared
from spark_influxdb.options import write_options
from testing.environment import eventually
from testing.servers import InfluxDBServer

ROWS = 2_500
Options = dict[str, str]
Way = Callable[[DataFrame, Options], DataStreamWriter]
_numbers = itertools.count()


@pytest.fixture
def options(influxdb_server: InfluxDBServer) -> Options:
    """Those of a measurement of its own."""
    server = influxdb_server
    return {
        "url": server.url, "org": server.org, "bucket": server.bucket, "measurement": f"way {next(_numbers)}",
        "token_file": str(server.options.write_token_file), "tags": "tag", "batch_lines": "700",
    }  # fmt: skip


def rows_of(numbers: DataFrame) -> DataFrame:
    """A tag, a float, a text, a boolean and a time with microseconds for each `n`."""
    return numbers.select(
        F.timestamp_micros(F.col("n") * 1_000_001).alias("time"),
        F.concat(F.lit("t, "), (F.col("n") % 7).cast("string")).alias("tag"),
        (F.col("n") / 4).alias("x"),
        F.concat(F.lit('a "b"\\ '), F.col("n").cast("string")).alias("s"),
        (F.col("n") % 2 == 0).alias("even"),
    )


def wanted(n: int) -> tuple[Any, ...]:
    return n * 1_000_001, f"t, {n % 7}", n / 4, f'a "b"\\ {n}', n % 2 == 0


def kept(server: InfluxDBServer, measurement: str) -> set[tuple[Any, ...]]:
    """Microseconds, tag, x, s and even of each point."""
    flux = (
        f'from(bucket: "{server.bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "{measurement}") '
        '|> pivot(rowKey: ["_time", "tag"], columnKey: ["_field"], valueColumn: "_value") |> group()'
    )
    with InfluxDBClient(server.url, server.read_token, org=server.org) as reader:
        return {
            (round(r["_time"].timestamp() * 10**6), r["tag"], r["x"], r["s"], r["even"])
            for table in reader.query_api().query(flux)
            for r in table.records
        }


def test_a_batch_returns_what_was_written(
    session: SparkSession, influxdb_server: InfluxDBServer, options: Options
) -> None:
    written = spark_influxdb.write(rows_of(session.range(ROWS).toDF("n")), options)
    assert (written.points, written.skipped, written.refused, written.retries) == (ROWS, 0, {}, 0)
    assert kept(influxdb_server, options["measurement"]) == {wanted(n) for n in range(ROWS)}


def test_a_batch_with_the_format(session: SparkSession, influxdb_server: InfluxDBServer, options: Options) -> None:
    rows_of(session.range(ROWS).toDF("n")).write.format("influxdb").options(**options).mode("append").save()
    assert kept(influxdb_server, options["measurement"]) == {wanted(n) for n in range(ROWS)}


WAYS: dict[str, Way] = {
    "format": lambda rows, options: rows.writeStream.format("influxdb").options(**options),
    "foreachBatch": lambda rows, options: rows.writeStream.foreachBatch(batch_function(options)),
    "foreach": lambda rows, options: rows.writeStream.foreach(InfluxDBWriter(options)),
    "prepared": lambda rows, options: prepared(rows, options).writeStream.foreach(InfluxDBWriter(options)),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_stream(
    session: SparkSession, influxdb_server: InfluxDBServer, options: Options, tmp_path: Path, way: str
) -> None:
    source = session.readStream.format("rate-micro-batch").option("rowsPerBatch", 1_000).load()
    stream = WAYS[way](rows_of(source.select(F.col("value").alias("n"))), options)
    query = stream.option("checkpointLocation", str(tmp_path)).start()
    try:
        eventually(
            lambda: query.exception() is not None or sum(p["numInputRows"] for p in query.recentProgress) >= ROWS,
            "three micro-batches",
        )
        assert query.exception() is None
    finally:
        query.stop()
    # A request that was in the middle when the query was stopped may be visible in part.
    end, _, *_ = wanted(ROWS)
    found = {row for row in kept(influxdb_server, options["measurement"]) if row[0] < end}
    assert found == {wanted(n) for n in range(ROWS)}


def test_refused_rows_fail_are_dropped_or_handed_over(
    session: SparkSession, influxdb_server: InfluxDBServer, options: Options, tmp_path: Path
) -> None:
    rows = session.range(100).toDF("n").withColumn("time", F.timestamp_seconds("n"))
    rows = rows.withColumn("tag", F.when(F.col("n") % 50 == 7, F.lit("no\nline")).otherwise(F.lit("t")))
    with pytest.raises(Exception, match="tag holds a control character"):
        spark_influxdb.write(rows, options)
    written = spark_influxdb.write(rows, options | {"on_refused": "drop"})
    assert written.points == 98
    assert written.refused == {"tag holds a control character or ends in a backslash": 2}
    text = rows.withColumn("n", F.col("n").cast("string")).where("tag = 't'")
    dropped = spark_influxdb.write(text, options | {"on_refused": "drop"})
    assert (dropped.points, dropped.refused) == (0, {"InfluxDB: field type conflict": 98})
    letters = tmp_path / "letters"

    def hand_over(refused: list[Refusal]) -> None:
        with letters.open("a") as file:
            file.writelines(f"{one.reason[:20]}|{one.line}|{dict(one.row).get('n', '')}\n" for one in refused)

    handed = spark_influxdb.write(rows, replace(write_options(options), on_refused=hand_over))
    assert (handed.points, handed.refused.total()) == (98, 2)
    assert sorted(letters.read_text().splitlines()) == [f"tag holds a control ||{n}" for n in (57, 7)]


def test_one_row_in_a_hundred_is_refused_by_influxdb_and_all_others_are_points(
    session: SparkSession, influxdb_server: InfluxDBServer, options: Options
) -> None:
    number = 20_000
    rows = session.range(number).toDF("n").withColumn("time", F.timestamp_seconds("n")).withColumn("tag", F.lit("t"))
    first = rows.limit(1).select("time", F.lit("before").alias("tag"), F.lit("text").alias("sometimes"))
    spark_influxdb.write(first, options)
    rows = rows.withColumn("sometimes", F.when(F.col("n") % 100 == 0, 1.5))
    written = spark_influxdb.write(rows, options | {"on_refused": "drop", "batch_lines": "10000"})
    refused = number // 100
    assert (written.points, written.refused) == (number - refused, {"InfluxDB: field type conflict": refused})
    assert written.requests <= 10, "two chunks of 10,000 lines; a few requests find the refused ones"
    flux = (
        f'from(bucket: "{influxdb_server.bucket}") |> range(start: 0) |> filter(fn: (r) => r._field == "n" '
        f'and r._measurement == "{options["measurement"]}" and r.tag == "t") |> count()'
    )
    with InfluxDBClient(influxdb_server.url, influxdb_server.read_token, org=influxdb_server.org) as reader:
        assert [r.get_value() for t in reader.query_api().query(flux) for r in t.records] == [number - refused]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "unknown option 'colour'"),
        ({"tags": "nope"}, "there is no column 'nope'"),
        ({"bucket": "nowhere"}, "there is no bucket 'nowhere'"),
    ],
)
def test_a_wrong_option_is_named(session: SparkSession, options: Options, changes: Options, words: str) -> None:
    rows = rows_of(session.range(3).toDF("n"))
    with pytest.raises(Exception, match=words):
        rows.write.format("influxdb").options(**options | changes).mode("append").save()


def test_overwriting_is_refused_with_what_to_do(session: SparkSession, options: Options) -> None:
    rows = rows_of(session.range(3).toDF("n"))
    with pytest.raises(Exception, match=r'use .mode\("append"\)'):
        rows.write.format("influxdb").options(**options).mode("overwrite").save()


def test_no_plan_shows_the_token(
    session: SparkSession, influxdb_server: InfluxDBServer, options: Options, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    token = Path(options.pop("token_file")).read_text().strip()
    source = session.readStream.format("rate-micro-batch").option("rowsPerBatch", 10).load()
    stream = rows_of(source.select(F.col("value").alias("n"))).writeStream.format("influxdb")
    query = stream.options(**options, token=token).option("checkpointLocation", str(tmp_path / "c")).start()
    try:
        eventually(lambda: query.exception() is not None or query.lastProgress is not None, "a micro-batch")
        assert query.exception() is None
        query.explain(extended=True)
        shown = capsys.readouterr().out + str(query.lastProgress)
    finally:
        query.stop()
    assert "influxdb" in shown.lower() and token not in shown
    assert not [file for file in tmp_path.rglob("*") if file.is_file() and token.encode() in file.read_bytes()]
