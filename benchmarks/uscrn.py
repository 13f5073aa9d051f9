"""`./run_benchmarks.sh uscrn [--years N]`: the job `uscrn` over years of 5-minute rows, and a plain Python loop.

Topic `Partitioned` on this run's own broker holds the rows of three stations, one every five minutes. The job runs with
`local[2]` into a real InfluxDB until all rows are processed. After each fifth of them, its resident memory (JVM and
Python workers) and the size of its state are printed. The loop does what the course's Faust program does with the same
topic, record by record: `json.loads`, limits, the mean when the hour changes, and a message for each. It persists
nothing, sorts nothing, and writes to no store. Needs the packages of the tests.
"""

from __future__ import annotations

import argparse
import gzip
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app.context import Context
from spark_app.kafka.topics import ensure_topics
from spark_app.monitoring.write_metrics import BatchMetrics
from spark_app.uscrn import job as uscrn
from spark_app.uscrn.outliers import LIMIT, MISSING_KIND
from stack.native.install import Installation
from testing.environment import ROOT
from testing.kafka_records import read_all
from testing.servers import Broker, running_influxdb
from testing.throwaway_stack import machine
from weather import settings, topics
from weather import uscrn as uscrn_format

STATIONS = {23907: -6, 3072: -6, 4136: -8}
ROWS_A_YEAR = 365 * 288
SAMPLE = ROOT / "data" / "uscrn" / "sample"
MAX_LOOP_ROWS = 300_000
"""Enough rows to measure the rate of a loop whose state does not grow."""
SEND = {"linger_ms": 20, "batch_size": 256 * 1024}


def messages(station: int, offset: int, years: int) -> Iterator[bytes]:
    """The JSON of each row of a station, with the temperatures of the sample, repeated."""
    texts = (gzip.decompress(file.read_bytes()).decode() for file in SAMPLE.iterdir())
    [text] = [text for text in texts if text.split(None, 1)[0] == str(station)]
    rows = [line.split() for line in text.splitlines()]
    start, step = datetime(2011, 1, 1), timedelta(minutes=5)
    for number in range(1, years * ROWS_A_YEAR + 1):
        utc = start + number * step
        local, cells = utc + timedelta(hours=offset), rows[number % len(rows)]
        yield (
            f'{{"WBANNO":{station},"UTC_DATE":"{utc:%Y%m%d}","UTC_TIME":"{utc:%H%M}","LST_DATE":"{local:%Y%m%d}",'
            f'"LST_TIME":"{local:%H%M}","CRX_VN":2.423,"LONGITUDE":{cells[6]},"LATITUDE":{cells[7]},'
            f'"AIR_TEMPERATURE":{cells[8]},"PRECIPITATION":{cells[9]},"SOLAR_RADIATION":{cells[10]},"SR_FLAG":0,'
            f'"SURFACE_TEMPERATURE":{cells[12]},"ST_TYPE":"C","ST_FLAG":0,"RELATIVE_HUMIDITY":{cells[15]},"RH_FLAG":0,'
            '"SOIL_MOISTURE_5":-99.0,"SOIL_TEMPERATURE_5":-9999.0,"WETNESS":990.0,"WET_FLAG":0,"WIND_1_5":1.2,'
            f'"WIND_FLAG":0,"source_file":"CRNS0101-05-{utc:%Y}-S{station}.txt"}}'
        ).encode()


def fill(kafka: settings.Kafka, years: int) -> None:
    """Fill the topic as the streamer would, with one process per station."""
    ensure_topics(kafka, {topics.PARTITIONED: 3})
    with multiprocessing.get_context("spawn").Pool(len(STATIONS)) as pool:
        pool.starmap(send, [(kafka, partition, station, years) for partition, station in enumerate(STATIONS)])


def send(kafka: settings.Kafka, partition: int, station: int, years: int) -> None:
    """Send every row of a station to its partition."""
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, **SEND)
    together = [
        (uscrn_format.HEADER_STATIONS, " ".join(map(str, STATIONS)).encode()),
        (uscrn_format.HEADER_STREAM, b"1"),
    ]
    key = str(station).encode()
    for number, value in enumerate(messages(station, STATIONS[station], years), start=1):
        headers = [*together, (uscrn_format.HEADER_LAST, b"1")] if number == years * ROWS_A_YEAR else together
        producer.send(topics.PARTITIONED, value, key, partition=partition, headers=headers)
    producer.close()


@contextmanager
def spark_session(folder: Path, variables: settings.Variables) -> Iterator[SparkSession]:
    """A Spark session that is configured as in the application."""
    jars = Installation(variables, folder / "install.log").connector_jars().glob("*.jar")
    os.environ["PYSPARK_PYTHON"] = sys.executable
    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.memory", variables.text("SPARK_DRIVER_MEMORY"))
        .config("spark.driver.extraJavaOptions", "-XX:+UseParallelGC")
        .config("spark.jars", ",".join(sorted(map(str, jars))))
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", variables.text("SPARK_SHUFFLE_PARTITIONS"))
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "20000")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


def follow(query: StreamingQuery, rows: int) -> float:
    """Wait until `rows` rows are processed and print each fifth. Return the seconds, including the first batch."""
    started, told, done = time.monotonic(), 0, 0
    seen: set[int] = set()
    while done < rows:
        time.sleep(0.5)
        if query.exception() is not None:
            raise SystemExit(str(query.exception()))
        for progress in query.recentProgress:
            if progress["batchId"] not in seen:
                seen.add(progress["batchId"])
                done += progress["numInputRows"]
                state = progress["stateOperators"][0]
        if done * 5 // rows > told:
            told = done * 5 // rows
            size = f"{state['memoryUsedBytes'] / 2**10:.0f} KiB of state in {state['numRowsTotal']} row(s)"
            print(
                f"  {done:>9,} rows after {time.monotonic() - started:5.0f} s: {resident_mib()} MiB, {size}", flush=True
            )
    return time.monotonic() - started


def check(kafka: settings.Kafka, rows: int) -> int:
    """The number of hours. Raise SystemExit unless each reading is in one of them, missing or beyond the limits."""
    counts = {(m["station"], m["lst_date"], m["lst_hour"]): m["count"] for m in everything(kafka, topics.OUTPUT)}
    outliers = [m for m in everything(kafka, topics.OUTLIERS) if m["kind"] in (MISSING_KIND, LIMIT)]
    left_out = {(m["station"], m["lst_date"], m["lst_time"]) for m in outliers}
    if sum(counts.values()) + len(left_out) != rows:
        raise SystemExit(
            f"{sum(counts.values()):,} readings in hours and {len(left_out):,} left out, but {rows:,} rows"
        )
    return len(counts)


def everything(kafka: settings.Kafka, topic: str) -> Iterator[dict[str, Any]]:
    """The messages of a topic."""
    return (json.loads(value or b"{}") for _, _, value, _ in read_all(kafka, topic))


def resident_mib() -> int:
    """Resident memory of Spark in MiB: the JVM of each SparkSubmit on this machine, with its Python workers."""
    listing = subprocess.run(["ps", "-eo", "pid=,ppid=,rss=,args="], capture_output=True, text=True, check=True).stdout
    rows = [line.split(None, 3) for line in listing.splitlines()]
    ours = {pid for pid, _, _, *args in rows if args and "org.apache.spark.deploy.SparkSubmit" in args[0]}
    while more := {pid for pid, parent, *_ in rows if parent in ours} - ours:
        ours |= more
    return sum(int(rss) for pid, _, rss, *_ in rows if pid in ours) // 1024


def plain_loop(kafka: settings.Kafka, rows: int) -> float:
    """Seconds that the course's program takes for `rows` rows of the same topic."""
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest")
    consumer.assign([TopicPartition(topics.PARTITIONED, number) for number in range(3)])
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, **SEND)
    ensure_topics(kafka, {"plain-loop": 3})
    hours: dict[int, tuple[str, list[float]]] = {}
    started, seen = time.monotonic(), 0
    while seen < rows:
        for records in consumer.poll(timeout_ms=1000, max_records=5000).values():
            seen += len(records)
            for record in records:
                row = json.loads(record.value)
                station, temperature = row["WBANNO"], row["AIR_TEMPERATURE"]
                if temperature < -60 or temperature > 60:
                    producer.send("plain-loop", json.dumps({"station": station, "temp": temperature}).encode())
                    continue
                hour = row["LST_DATE"] + row["LST_TIME"][:2]
                before, temperatures = hours.get(station, (hour, []))
                if before != hour:
                    mean = {"station": station, "hour": before, "mean_temp": sum(temperatures) / len(temperatures)}
                    producer.send("plain-loop", json.dumps(mean).encode())
                    temperatures = []
                hours[station] = (hour, [*temperatures, temperature])
    producer.close()
    consumer.close()
    return time.monotonic() - started


def main() -> int:
    """Print rows/s of both, and how the memory and the state of the job develop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--years", type=int, default=10)
    years = parser.parse_args().years
    rows = years * ROWS_A_YEAR * len(STATIONS)
    with tempfile.TemporaryDirectory(prefix="weather-") as name, running_influxdb(Path(name)) as store:
        broker = Broker(Path(name))
        try:
            broker.start()
            kafka = settings.Kafka.load(broker.variables)
            began = time.monotonic()
            fill(kafka, years)
            print(f"{machine()}; {rows:,} rows, loaded into Kafka in {time.monotonic() - began:.0f} s", flush=True)
            read = min(rows, MAX_LOOP_ROWS)
            print(f"plain Python loop: {read / plain_loop(kafka, read):,.0f} rows/s over {read:,} rows", flush=True)
            with spark_session(Path(name), broker.variables) as spark:
                options = replace(settings.Spark.load(broker.variables), checkpoints=Path(name) / "checkpoints")
                batch_metrics = BatchMetrics(spark.sparkContext)
                context = Context(spark, broker.variables, kafka, store.options, options, batch_metrics)
                ensure_topics(kafka, dict.fromkeys(topics.USCRN_RESULTS, 3))
                query = uscrn.query(context, "uscrn-partitioned", topics.PARTITIONED, F.lit(0), compare=True).start()
                seconds = follow(query, rows)
                query.stop()
            hours = check(kafka, rows)
            print(f"job uscrn: {rows / seconds:,.0f} rows/s, including the session's first batch")
            print(f"{hours:,} hours; each reading is in its hour or left out")
        finally:
            broker.kill()
    return 0


if __name__ == "__main__":
    sys.exit(main())
