"""The streamer, a real Kafka and InfluxDB, and the Spark application as its own process, which a test may kill."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from influxdb_client import InfluxDBClient

from datastream.kafka.publisher import Publisher, remove_topics
from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import registry
from testing import spark_application
from testing.environment import ROOT, eventually, free_port, settings_environment
from testing.kafka_records import read_all
from testing.servers import Broker, InfluxDBServer
from weather import settings, topics, uscrn
from weather.settings import Variables

ALL_TOPICS = (topics.INPUT_DATA, topics.PARTITIONED, *topics.USCRN_RESULTS)


class Stack:
    """The parts that the source `uscrn` needs, with topics, checkpoints and store of one test."""

    def __init__(self, broker: Broker, store: InfluxDBServer, home: Path, **changes: str) -> None:
        ports = {name: broker.variables.text(name) for name in ("KAFKA_PORT", "KAFKA_CONTROLLER_PORT")}
        self._environment = settings_environment(
            HOST="127.0.0.1", STREAM_SOURCE="uscrn", STACK_HOME=str(home), SECRETS_DIR=str(store.options.secrets),
            INFLUXDB_PORT=store.url.rpartition(":")[2], SPARK_APP_UI_PORT=str(free_port()),
            SPARK_EXECUTOR_MEMORY="512m", **(ports | changes),
        )  # fmt: skip
        self.variables = Variables(self._environment)
        self.kafka = settings.Kafka.load(self.variables)
        self.store = store
        self._home = home
        self._application: subprocess.Popen[bytes] | None = None

    def stream(self) -> int:
        """Send all rows; how many producers did it, dead letters apart."""
        with self.half_streamed(0) as streamer:
            streamer.start()
        return self._producers

    @contextmanager
    def half_streamed(self, rows: int) -> Iterator[Streamer]:
        """A streamer that stands after so many rows or a few more; once the block has started it, it sends the rest."""
        spec = registry.chosen(self.variables)
        replay = Replay(spec.topics, loop=False, position_file=self._home / "position.json", initial_time_delta=0.001)
        publisher = Publisher(self.kafka, spec.topics)
        streamer = Streamer(spec.source, publisher, replay)
        if rows:
            streamer.start()
            eventually(lambda: int(str(streamer.status()["rows_sent"])) >= rows, "half of the rows are sent")
            streamer.stop()
            assert streamer.status()["state"] == "stopped", "it has not ended yet"
        streamer.time_delta = 0.0
        yield streamer
        eventually(lambda: streamer.status()["state"] != "running", "all rows are sent")
        assert streamer.status()["state"] == "finished", streamer.status()["problem"]
        self._producers = len(set(publisher._producers) - {None})
        streamer.close()

    def submit(self) -> None:
        """Start the application."""
        with (self._home / "spark.log").open("ab") as log:
            self._application = subprocess.Popen(
                [sys.executable, "-m", "spark_app.launch"], cwd=ROOT, env=self._environment, stdout=log, stderr=log
            )

    def kill_application(self) -> None:
        """kill -9 of launcher, JVM, driver and workers."""
        if self._application is not None:
            spark_application.kill(self._application, self._home)

    def log(self) -> str:
        return (self._home / "spark.log").read_text()[-3000:]

    def messages(self, topic: str) -> list[dict[str, Any]]:
        """What came into a topic."""
        return [json.loads(value or b"{}") for _, _, value, _ in read_all(self.kafka, topic)]

    def reasons(self, topic: str) -> list[str]:
        """Why records were set aside."""
        return [headers["reason"].decode() for *_, headers in read_all(self.kafka, f"{topic}.dlq")]

    def points(self, measurement: str) -> list[dict[str, Any]]:
        """The points of a measurement, a dictionary each."""
        query = (
            f'from(bucket: "{self.store.bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == '
            f'"{measurement}") |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value") |> group()'
        )
        with InfluxDBClient(self.store.url, self.store.read_token, org=self.store.org) as reader:
            return [record.values for table in reader.query_api().query(query) for record in table.records]


@pytest.fixture
def stack_home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "run").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def make_stack(broker: Broker, influxdb_server: InfluxDBServer, stack_home: Path) -> Iterator[Any]:
    """Makes the stack of a test, with nothing of another one's in topics and store."""
    remove_all(settings.Kafka.load(broker.variables))
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as admin:
        for measurement in (uscrn.HOURLY, uscrn.OUTLIERS, uscrn.HOTTEST):
            admin.delete_api().delete(
                "1970-01-01T00:00:00Z", "2100-01-01T00:00:00Z", f'_measurement="{measurement}"', influxdb_server.bucket
            )
    made: list[Stack] = []

    def make(**changes: str) -> Stack:
        made.append(Stack(broker, influxdb_server, stack_home, **changes))
        return made[-1]

    yield make
    for stack in made:
        stack.kill_application()


def remove_all(kafka: settings.Kafka) -> None:
    """Remove the topics of the source and of the job."""

    def gone() -> bool:
        try:
            remove_topics(kafka, [Topic(name, 1) for name in ALL_TOPICS])
        except Exception:
            return False
        return True

    eventually(gone, "the topics are removed")
