"""`./run_benchmarks.sh lines`: ways to turn Kafka messages into line protocol, each in one process on one core.

The rows are the all-fields readings of `benchmarks.write_path`. The time runs from the bytes of the messages to the
bytes of a request, without reading from Kafka and writing to InfluxDB.
"""

from __future__ import annotations

import argparse
import gzip
import json
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from influxdb_client import Point, WritePrecision
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import DoubleType, StringType, StructField, StructType

from benchmarks.write import readings as rows
from spark_app.influxdb.layout import METEO
from spark_app.readings import parse
from spark_influxdb import line_protocol
from testing.throwaway_stack import machine
from weather.reading import FIELDS, HOUR, MEASUREMENT, STATION_ID, STATION_NAME, parse_hour

BATCH = 20_000
CHUNK = 10_000
Way = Callable[[Sequence[bytes]], int]
"""Takes messages and returns the number of bytes of their lines."""


def whole_batches(messages: Sequence[bytes]) -> int:
    """Ours: pyarrow parses the JSON of a batch in one piece, and columns are joined as text."""
    size = 0
    for start in range(0, len(messages), BATCH):
        parsed = parse.parse(pa.array(messages[start : start + BATCH], pa.binary()))
        lines = line_protocol.lines(parsed.valid().columns(), METEO.points).text
        together = pa.ListArray.from_arrays(pa.array([0, len(lines)], pa.int32()), lines)
        size += len(pc.binary_join(together, "\n").cast(pa.binary())[0].as_buffer())
    return size


def one_by_one(messages: Sequence[bytes]) -> int:
    """orjson for each message and an f-string for the line; each name and each hour is converted once."""
    return sum(len(_line(orjson.loads(message))) + 1 for message in messages) - 1


def client_points(messages: Sequence[bytes]) -> int:
    """The standard library's json and `influxdb_client`'s Point."""
    size = 0
    for message in messages:
        found = json.loads(message)
        point = Point(MEASUREMENT).tag("station", found[STATION_NAME]).tag("station_id", found[STATION_ID])
        for field in FIELDS:
            if found.get(field.source) is not None:
                point.field(field.name, float(found[field.source]))
        point.time(parse_hour(found[HOUR]).replace(tzinfo=UTC), WritePrecision.S)
        size += len(point.to_line_protocol()) + 1
    return size - 1


class SparkSql:
    """`from_json`, then `concat_ws`: no Python in the executor, `local[1]`."""

    def __init__(self, messages: Sequence[bytes]) -> None:
        config = {"spark.driver.host": "127.0.0.1", "spark.ui.enabled": "false", "spark.driver.memory": "2g"}
        builder = SparkSession.builder.master("local[1]")
        for name, value in (config | {"spark.sql.session.timeZone": "UTC"}).items():
            builder = builder.config(name, value)
        self.spark = builder.getOrCreate()
        self.spark.sparkContext.setLogLevel("ERROR")
        frame = self.spark.createDataFrame([(message.decode(),) for message in messages], "value string").coalesce(1)
        self._frame = frame.persist()
        self._frame.count()

    def __call__(self, messages: Sequence[bytes]) -> int:
        texts = (STATION_ID, STATION_NAME, HOUR)
        schema = StructType(
            [StructField(name, StringType()) for name in texts]
            + [StructField(field.source, DoubleType()) for field in FIELDS]
        )
        found = self._frame.select(F.from_json("value", schema).alias("m")).select("m.*")
        seconds = F.unix_timestamp(F.col(HOUR), "yyyyMMddHH").cast("string")
        tags = F.concat(
            F.lit(f"{MEASUREMENT},station="), _escaped(STATION_NAME), F.lit(",station_id="), _escaped(STATION_ID)
        )
        fields = F.concat_ws(",", *(F.concat(F.lit(f"{f.name}="), F.col(f.source).cast("string")) for f in FIELDS))
        lines = found.select(F.concat(tags, F.lit(" "), fields, F.lit(" "), seconds).alias("line"))
        size = lines.select(F.sum(F.octet_length("line") + 1)).first()
        assert size is not None
        return int(size[0]) - 1


def _escaped(name: str) -> Column:
    return F.regexp_replace(name, "([,= ])", r"\\$1")


@lru_cache(maxsize=100_000)
def _tag(text: str) -> str:
    return text.replace(",", r"\,").replace("=", r"\=").replace(" ", r"\ ")


@lru_cache(maxsize=100_000)
def _seconds(hour: str) -> int:
    return int(parse_hour(hour).timestamp())


def _line(found: dict[str, object]) -> str:
    fields = ",".join(f"{f.name}={found[f.source]}" for f in FIELDS if found.get(f.source) is not None)
    tags = f"station={_tag(str(found[STATION_NAME]))},station_id={_tag(str(found[STATION_ID]))}"
    return f"{MEASUREMENT},{tags} {fields} {_seconds(str(found[HOUR]))}"


def seconds(way: Way, messages: Sequence[bytes]) -> float:
    """Seconds that a way takes."""
    began = time.perf_counter()
    assert way(messages) > 100 * len(messages), "lines of a hundred bytes at least"
    return time.perf_counter() - began


def compressed(messages: Sequence[bytes], level: int) -> tuple[float, float]:
    """Seconds that gzip takes for the lines of the messages, chunk by chunk, and the share of bytes that remains."""
    lines = [_line(orjson.loads(message)) for message in messages]
    chunks = ["\n".join(lines[start : start + CHUNK]).encode() for start in range(0, len(lines), CHUNK)]
    began = time.perf_counter()
    size = sum(len(gzip.compress(chunk, level)) for chunk in chunks)
    return time.perf_counter() - began, size / sum(map(len, chunks))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    made = rows.make("all-fields", stations=500)
    messages = [made.message(number)[1] for number in range(options.rows)]
    sql = SparkSql(messages)
    ways: dict[str, Way] = {
        "JSON of 20,000 messages in one piece, columns as text": whole_batches,
        "Spark SQL: from_json, concat_ws": sql,
        "orjson per message, f-strings": one_by_one,
        "json per message, influxdb_client's Point": client_points,
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(options.rounds):
        for name, way in ways.items():
            taken[name].append(seconds(way, messages))
    sql.spark.stop()
    print(f"{machine()}; {options.rows:,} rows, {options.rounds} rounds, {datetime.now(UTC):%Y-%m-%d}")
    for name, of in taken.items():
        middle = statistics.median(of)
        print(f"{name:<60} {options.rows / middle:>10,.0f} rows/s {middle / options.rows * 1e6:>6.2f} s per million")
    for level in (1, 6):
        took, left = compressed(messages, level)
        a_million = took / options.rows * 1e6
        print(f"gzip -{level} of the lines: {a_million:.2f} s per million rows, {left:.0%} of the bytes remain")


if __name__ == "__main__":
    main()
