"""Real servers on free loopback ports, with their data in temporary folders."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import requests
from influxdb_client import InfluxDBClient

from influxdb import setup
from stack.common import health
from stack.native import class_data
from stack.native.install import Installation
from stack.native.servers import kafka_server
from testing.environment import eventually, free_port, settings_environment
from weather import java, settings
from weather.secrets import read_secret


class Broker:
    """A real Kafka broker that a test may kill and restart. Clients that ask it are sent to `advertised`, if given."""

    def __init__(self, folder: Path, advertised: int | None = None) -> None:
        self.variables = settings.Variables(
            settings_environment(
                HOST="127.0.0.1",
                KAFKA_PORT=str(free_port()),
                KAFKA_CONTROLLER_PORT=str(free_port()),
                STACK_HOME=str(folder),
            )
        )
        installation = Installation(self.variables, folder / "install.log")
        self._jars = installation.kafka_jars()
        self._options = java.class_data(installation.class_data(class_data.KAFKA))
        self._folder = folder
        self._advertised = advertised
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    def start(self) -> None:
        properties = kafka_server.prepare(self.variables, self._folder)
        if self._advertised:
            address = f"advertised.listeners=PLAINTEXT://127.0.0.1:{self._advertised}"
            with properties.open("a", encoding="ascii") as file:
                file.write(f"{address}\n")  # the last one counts
        kafka_server.format_storage(self.variables, self._jars, self._options, self._folder)
        command = kafka_server.java(self.variables, self._jars, self._options, "kafka.Kafka", str(properties))
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
        """Settings with a topic name that was not used before."""
        kafka = settings.Kafka.load(self.variables)
        return replace(kafka, topic=f"test-{next(self._numbers)}", partitions=partitions)


@dataclass
class InfluxDBServer:
    """A real influxd with the project's own set-up, which a test may kill and restart."""

    url: str
    folder: Path
    binary: Path
    options: settings.InfluxDBSink
    credentials: settings.Credentials
    scraped: settings.ScrapeTargets
    process: subprocess.Popen[bytes] | None = None
    tls: tuple[Path, Path] | None = None
    """Certificate and key, if `url` is a https address."""

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
            f"--http-bind-address={self.url.partition('://')[2]}",
            f"--bolt-path={self.folder / 'influxd.bolt'}",
            f"--sqlite-path={self.folder / 'influxd.sqlite'}",
            f"--engine-path={self.folder / 'engine'}",
        ]
        if self.tls:
            command += [f"--tls-cert={self.tls[0]}", f"--tls-key={self.tls[1]}"]
        with (self.folder / "influxd.log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        eventually(self.is_healthy, "InfluxDB is healthy")

    def is_healthy(self) -> bool:
        try:
            known = str(self.tls[0]) if self.tls else True
            return requests.get(f"{self.url}/health", timeout=2, verify=known).status_code == 200
        except requests.RequestException:
            return False

    def values(self, where: str) -> list[float]:
        """The values of all points for which this Flux expression of a row `r` holds, table by table, each by time."""
        query = f'from(bucket: "{self.bucket}") |> range(start: 0) |> filter(fn: (r) => {where})'
        with InfluxDBClient(url=self.url, token=self.read_token, org=self.org) as client:
            return [record.get_value() for table in client.query_api().query(query) for record in table.records]

    def kill(self) -> None:
        """kill -9."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


@contextmanager
def running_influxdb(folder: Path, empty: bool = False) -> Iterator[InfluxDBServer]:
    """Start a real InfluxDB with buckets and tokens, or an empty one; it ends with the block."""
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
        if not empty:
            setup.set_up(server.options, server.credentials, server.scraped)
        yield server
    finally:
        server.kill()
