"""Real servers for the tests: started on free ports of loopback, with their data in temporary folders."""

from __future__ import annotations

import itertools
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
import requests
from pyspark.sql import SparkSession

from influxdb import setup
from spark_app.launch import CHECKPOINT_FILES
from stack.common import health
from stack.native import kafka_server
from stack.native.install import Installation
from weather import settings
from weather.secrets import read_secret

ROOT = Path(__file__).resolve().parent.parent
WITHIN = 600.0
"""Seconds that a condition may take: many more than it needs, as a machine may be busy with other tests."""

# Otherwise a warning about "a copy of a slice" depends on when garbage is collected; this is the only way of pandas 3.
pd.options.mode.copy_on_write = True

_given: set[int] = set()


def free_port() -> int:
    """A port of loopback that nobody listens on now, and that was not given before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


def eventually(condition: Callable[[], bool], what: str, within: float = WITHIN) -> None:
    """Return when `condition` holds; fail with `what` after `within` seconds."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            pytest.fail(f"not within {within:g} s: {what}")
        time.sleep(0.05)


def settings_environment(**changes: str) -> dict[str, str]:
    """The environment that settings.sh makes, with `changes`."""
    text = subprocess.run(
        ["bash", "-c", "STACK_DEFAULTS=1; . ./settings.sh && env -0"], cwd=ROOT, env={**os.environ, **changes},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return dict(pair.split("=", 1) for pair in text.split("\0") if "=" in pair)


@pytest.fixture(scope="session", autouse=True)
def spark_workers_use_this_interpreter() -> None:
    """Spark's Python workers otherwise take the system's Python, which lacks the packages."""
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable


class Broker:
    """A real Kafka broker that a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.variables = settings.Variables(
            settings_environment(
                HOST="127.0.0.1",
                KAFKA_PORT=str(free_port()),
                KAFKA_CONTROLLER_PORT=str(free_port()),
                STACK_HOME=str(folder),
            )
        )
        self._jars = Installation(self.variables, folder / "install.log").kafka_jars()
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    def start(self) -> None:
        properties = kafka_server.prepare(self.variables, self._jars, self._folder)
        command = kafka_server.java(self.variables, self._jars, "kafka.Kafka", str(properties))
        with (self._folder / "kafka.log").open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        at = health.Addresses(self.variables)
        eventually(lambda: health.kafka(at) == "", "Kafka answers")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def topic(self, partitions: int = 4) -> settings.Kafka:
        """Settings with a topic of this test's own."""
        kafka = settings.Kafka.load(self.variables)
        return replace(kafka, topic=f"test-{next(self._numbers)}", partitions=partitions)


@dataclass
class InfluxDBServer:
    """A real influxd with the project's own set-up, that a test may kill and start again."""

    url: str
    folder: Path
    binary: Path
    options: settings.InfluxDBSink
    credentials: settings.Credentials
    scraped: settings.ScrapeTargets
    process: subprocess.Popen[bytes] | None = None

    @property
    def org(self) -> str:
        return self.options.org

    @property
    def bucket(self) -> str:
        return self.options.bucket

    @property
    def admin_token(self) -> str:
        return read_secret(self.options.admin_token_file)

    @property
    def read_token(self) -> str:
        return read_secret(self.options.read_token_file)

    def start(self) -> None:
        command = [
            str(self.binary),
            "--reporting-disabled",
            f"--http-bind-address={self.url.removeprefix('http://')}",
            f"--bolt-path={self.folder / 'influxd.bolt'}",
            f"--sqlite-path={self.folder / 'influxd.sqlite'}",
            f"--engine-path={self.folder / 'engine'}",
        ]
        with (self.folder / "influxd.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        eventually(self.is_healthy, "InfluxDB is healthy")

    def is_healthy(self) -> bool:
        try:
            return requests.get(f"{self.url}/health", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_influxdb(folder: Path) -> Iterator[InfluxDBServer]:
    """A real InfluxDB with buckets and tokens; it ends with the block."""
    port = free_port()
    variables = settings.Variables(
        settings_environment(HOST="127.0.0.1", INFLUXDB_PORT=str(port), STACK_HOME=str(folder))
    )
    server = InfluxDBServer(
        url=f"http://127.0.0.1:{port}",
        folder=folder,
        binary=Installation(variables, folder / "install.log").influxd(),
        options=settings.InfluxDBSink.load(variables),
        credentials=settings.Credentials.load(variables),
        scraped=settings.ScrapeTargets({"InfluxDB": f"http://127.0.0.1:{port}/metrics"}),
    )
    try:
        server.start()
        setup.set_up(server.options, server.credentials, server.scraped)
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="module")
def influxdb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDBServer]:
    """A real InfluxDB for the tests of one file: their points are nobody else's."""
    with running_influxdb(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Kafka broker, shared by the tests of a session; each takes a topic of its own."""
    running = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """Spark without a cluster, configured as the application configures it; one for all, as its JVM lives on."""
    variables = settings.Variables(settings_environment())
    jars = Installation(variables, tmp_path_factory.mktemp("jars") / "install.log").connector_jars().glob("*.jar")
    session = (
        SparkSession.builder.master("local[2]")
        .appName("tests")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.jars", ",".join(sorted(map(str, jars))))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config(map=CHECKPOINT_FILES)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
