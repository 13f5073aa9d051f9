"""The examples as they are, in the session of the tests, with a real Kafka and InfluxDB."""

from __future__ import annotations

import json
import runpy
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient, NewTopic
from pyspark.sql import SparkSession

from testing.environment import ROOT, eventually
from testing.servers import Broker, InfluxDBServer

EXAMPLES = ROOT / "examples"


@pytest.fixture
def addresses(influxdb_server: InfluxDBServer, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server = influxdb_server
    servers = broker.topic().bootstrap_servers
    known = {"INFLUXDB_URL": server.url, "INFLUXDB_ORG": server.org, "INFLUXDB_BUCKET": server.bucket}
    known |= {"INFLUXDB_TOKEN_FILE": str(server.options.write_token_file), "CHECKPOINT": str(tmp_path / "checkpoint")}
    for name, value in (known | {"KAFKA": servers if isinstance(servers, str) else ",".join(servers)}).items():
        monkeypatch.setenv(name, value)


def run(name: str, *arguments: str) -> None:
    """Run an example as a program with these arguments."""
    before, sys.argv = sys.argv, [name, *arguments]
    try:
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")
    finally:
        sys.argv = before


def points(server: InfluxDBServer, measurement: str) -> pd.DataFrame:
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: 2026-01-01T00:00:00Z) '
        f'|> filter(fn: (r) => r._measurement == "{measurement}") '
        '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()'
    )
    with InfluxDBClient(server.url, server.read_token, org=server.org) as client:
        frame: pd.DataFrame = client.query_api().query_data_frame(query)
    return frame


def stop_after(number: int, session: SparkSession, server: InfluxDBServer) -> None:
    """Stop the streams of the session when there are so many points of `sensors`."""
    try:
        eventually(lambda: len(points(server, "sensors")) == number, "all readings are points")
    finally:
        for query in session.streams.active:
            query.stop()


def test_a_csv_file_and_the_month_back_into_pandas(
    session: SparkSession, influxdb_server: InfluxDBServer, addresses: None, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    lines = [f"2026-01-{day:02}T12:00:00Z,{room},{day / 4 + at},{day % 2 == 0}" for day in range(1, 32)
             for at, room in enumerate(("hall", "attic, left"))]  # fmt: skip
    quoted = [line.replace("attic, left", '"attic, left"') for line in lines]
    (tmp_path / "rooms.csv").write_text("\n".join(["time,room,degrees,open", *quoted, "2026-01-09T13:00:00Z,hall,,"]))
    run("csv_to_influxdb.py", str(tmp_path / "rooms.csv"))
    assert "62 points in 1 requests" in capsys.readouterr().out
    found = points(influxdb_server, "rooms")
    assert len(found) == 62 and found[found.room == "attic, left"].degrees.sum() == 31 + sum(range(1, 32)) / 4
    monkeypatch.setenv("INFLUXDB_TOKEN_FILE", str(influxdb_server.options.read_token_file))
    run("month_to_pandas.py", "2026-01-01", "2026-02-01")
    shown = capsys.readouterr().out
    assert "attic, left    5.0" in shown and "hall           4.0" in shown


def test_sensors_from_kafka(
    session: SparkSession, influxdb_server: InfluxDBServer, broker: Broker, addresses: None
) -> None:
    servers = broker.topic().bootstrap_servers
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic("sensors", 2, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=servers)
    for minute in range(50):
        reading = {"sensor": f"s{minute % 3}", "at": f"2026-01-01T12:{minute:02}:00Z", "degrees": minute / 2}
        producer.send("sensors", json.dumps(reading).encode())
    producer.send("sensors", b"no JSON")
    producer.close()
    with ThreadPoolExecutor(1) as background:
        stopped = background.submit(stop_after, 50, session, influxdb_server)
        run("sensors_from_kafka.py")
        stopped.result()
    assert points(influxdb_server, "sensors").degrees.sum() == sum(range(50)) / 2
