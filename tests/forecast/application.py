"""The Spark application as it runs, in a process of its own without a cluster, that a test may kill and start again."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd
from influxdb_client import InfluxDBClient
from kafka import KafkaProducer

from testing import spark_application
from testing.environment import ROOT, free_port, settings_environment
from testing.servers import Broker, InfluxDBServer
from weather import settings

Report = dict[str, Any]


class Application:
    """`spark_app.launch` with its settings; what it prints is in `log`."""

    def __init__(self, folder: Path, broker: Broker, influxdb: InfluxDBServer, **changes: str) -> None:
        self.home = folder
        self.log = folder / "application.log"
        self.influxdb = influxdb
        self.kafka = settings.Kafka.load(broker.variables)
        self.environment = os.environ | settings_environment(
            HOST="127.0.0.1", STACK_HOME=str(folder), KAFKA_BOOTSTRAP_SERVERS=self.kafka.bootstrap_servers,
            INFLUXDB_URL=influxdb.url, SECRETS_DIR=str(influxdb.options.secrets), SPARK_MASTER_URL="local[2]",
            SPARK_APP_UI_PORT=str(free_port()), SPARK_SHUFFLE_PARTITIONS="1", PYTHONPATH=str(ROOT),
            STATISTICS_SECONDS="1", FORECAST_SECONDS="1", DATASET_SECONDS="2", DAILY_SECONDS="1", **changes,
        )  # fmt: skip
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            command = [sys.executable, "-m", "spark_app.launch"]
            self._process = subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    def kill(self) -> None:
        """kill -9: the driver, its JVM and what started them."""
        if self._process is not None:
            spark_application.kill(self._process, self.home)
            self._process = None

    def stop(self) -> int | None:
        """SIGTERM; the exit status."""
        if self._process is None:
            return None
        self._process.terminate()
        status, self._process = self._process.wait(timeout=60), None
        return status

    def run(self, module: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Another program with the same settings."""
        command = [sys.executable, "-m", module, *arguments]
        return subprocess.run(command, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=600)

    def send(self, topic: str, reports: Iterable[Report | bytes]) -> None:
        producer = KafkaProducer(bootstrap_servers=self.kafka.bootstrap_servers, acks="all", linger_ms=50)
        for report in reports:
            value = report if isinstance(report, bytes) else json.dumps(report).encode()
            key = None if isinstance(report, bytes) else str(report["station"]).encode()
            producer.send(topic, value, key=key)
        producer.flush()
        producer.close()

    def points(self, measurement: str) -> pd.DataFrame:
        """The points of a measurement: a row for each station and time, a column for each field."""
        query = (
            f'from(bucket: "{self.influxdb.bucket}") |> range(start: 0, stop: 2100-01-01T00:00:00Z) '
            f'|> filter(fn: (r) => r._measurement == "{measurement}") '
            '|> pivot(rowKey: ["_time", "station"], columnKey: ["_field"], valueColumn: "_value") |> group()'
        )
        with InfluxDBClient(self.influxdb.url, self.influxdb.read_token, org=self.influxdb.org) as client:
            frame: pd.DataFrame = client.query_api().query_data_frame(query)
        if not len(frame):
            return frame
        frame["date"] = pd.to_datetime(frame["_time"], utc=True).dt.strftime("%Y-%m-%d")
        return (
            frame.drop(columns=["result", "table", "_measurement", "_time"]).set_index(["station", "date"]).sort_index()
        )
