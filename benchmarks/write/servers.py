"""The broker and the store of a benchmark: started as in native mode, on free ports, in a temporary folder."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import requests

from benchmarks.write.processes import Running, running
from benchmarks.write.readings import IN_EVERY_READING
from datastream.kafka.publisher import ensure_topics
from influxdb import setup
from stack.common import health
from stack.common.steps import StepFailed, wait_until
from stack.native import class_data
from stack.native.components import Components
from stack.native.install import Installation
from stack.native.servers import kafka_server
from stack.native.supervision.component import Component
from testing.environment import ROOT, free_port, settings_environment
from weather import java, settings
from weather.reading import MEASUREMENT
from weather.secrets import read_secret
from weather.settings import programs

START_TIMEOUT = 60.0
ANSWER_TIMEOUT = 120.0
CLIENTS = ("benchmarks.txt",)


@dataclass(frozen=True)
class Place:
    """The environment of one contender: its own stack, with the broker that all share.

    The name of `home` is unique, so that it serves as the consumer group.
    """

    variables: settings.Variables
    home: Path

    @property
    def installation(self) -> Installation:
        return Installation(self.variables, self.home / "install.log")

    @property
    def components(self) -> Components:
        return Components(self.variables, self.installation)

    @property
    def kafka(self) -> settings.Kafka:
        return settings.Kafka.load(self.variables)

    @property
    def influxdb(self) -> settings.InfluxDBSink:
        return settings.InfluxDBSink.load(self.variables)

    def another(self, name: str, **changes: str) -> Place:
        """A place with an empty home, its own ports except Kafka's, and `changes` to the environment."""
        home = self.home / name
        home.mkdir()
        ports = {port: str(free_port()) for port in programs.ports() if not port.startswith("KAFKA")}
        return Place(self.changed(**ports, STACK_HOME=str(home), **changes).variables, home)

    def changed(self, **changes: str) -> Place:
        """The same place with `changes` to the environment."""
        return Place(settings.Variables(self.variables.all() | changes), self.home)

    def beside(self, other: Place) -> Place:
        """The same place with the store of another one, and the secrets for it."""
        (self.home / "secrets").symlink_to(other.home / "secrets")
        return self.changed(INFLUXDB_PORT=other.variables.text("INFLUXDB_PORT"))


def first_place(home: Path) -> Place:
    """The place of the broker: the environment of settings.sh with free ports."""
    ports = {name: str(free_port()) for name in programs.ports()}
    return Place(settings.Variables(settings_environment(HOST="127.0.0.1", STACK_HOME=str(home), **ports)), home)


@contextmanager
def broker(place: Place) -> Iterator[Running]:
    """Start an empty broker."""
    component, installation = place.components.kafka(), place.installation
    classes = java.class_data(installation.class_data(class_data.KAFKA))
    kafka_server.format_storage(place.variables, installation.kafka_jars(), classes, place.home)
    with running([component], place.home / "logs") as [process]:
        at = health.Addresses(place.variables)
        wait_until("Kafka", lambda: _checked(process) or health.kafka(at), START_TIMEOUT)
        yield process


def load(place: Place, topic: str, readings: list[str], count: int, partitions: int = 0) -> None:
    """Create a topic of `count` readings, chosen by the arguments `readings`. 0 `partitions` means the setting's."""
    kafka = replace(place.kafka, topic=topic, partitions=partitions or place.kafka.partitions)
    ensure_topics(kafka)
    command = load_command(place, topic, ["--count", str(count), *readings])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise StepFailed(f"loading topic {topic} failed: {done.stdout}{done.stderr}")


def load_command(place: Place, topic: str, arguments: list[str]) -> list[str]:
    """The command line that sends readings to a topic."""
    python, servers = place.installation.python(CLIENTS), place.kafka.bootstrap_servers
    return [str(python), "-m", "benchmarks.write.load", "--servers", servers, "--topic", topic, *arguments]


def sender(place: Place, numbers: range, rate: int, arguments: list[str]) -> Component:
    """The process that sends these readings, chosen by `arguments`, at a rate per second."""
    chosen = ["--first", str(numbers.start), "--count", str(len(numbers)), "--rate", str(rate), *arguments]
    environment = {"PYTHONPATH": str(ROOT), "STACK_HOME": str(place.home)}
    return Component("sender", load_command(place, place.kafka.topic, chosen), environment)


@dataclass(frozen=True)
class Store:
    """A running influxd."""

    process: Running
    url: str
    bucket: str
    token: str

    def points_written(self) -> float:
        """The points accepted since its start, in all buckets. A point that is written again counts again."""
        text = requests.get(f"{self.url}/metrics", timeout=ANSWER_TIMEOUT).text
        at = text.find("\nstorage_writer_ok_points_sum{")
        return float(text[at + 1 : text.index("\n", at + 1)].rpartition(" ")[2]) if at >= 0 else 0.0

    def points(self) -> int:
        """The number of points in its bucket of readings."""
        counts = self.query(f'SELECT count("{IN_EVERY_READING}") FROM "{MEASUREMENT}"')
        return int(counts[0]["values"][0][1]) if counts else 0

    def query(self, influxql: str) -> list[dict[str, Any]]:
        """The series that an InfluxQL query returns."""
        answer = requests.get(
            f"{self.url}/query",
            params={"db": self.bucket, "q": influxql, "epoch": "s"},
            headers={"Authorization": f"Token {self.token}"},
            timeout=ANSWER_TIMEOUT,
        )
        answer.raise_for_status()
        result = answer.json()["results"][0]
        if "error" in result:
            raise StepFailed(f"InfluxDB refuses {influxql}: {result['error']}")
        series: list[dict[str, Any]] = result.get("series", [])
        return series


@contextmanager
def store(place: Place, environment: dict[str, str]) -> Iterator[Store]:
    """Start an empty store with the project's buckets and tokens; `environment` is added to influxd's.

    Its tasks do not run, because the days that they write would be counted as points of a contender.
    """
    (place.home / "data" / "influxdb").mkdir(parents=True)
    environment = {"INFLUXD_NO_TASKS": "true", **environment}
    with running([place.components.influxdb()], place.home / "logs", **environment) as [process]:
        at = health.Addresses(place.variables)
        wait_until("InfluxDB", lambda: _checked(process) or health.influxdb(at), START_TIMEOUT)
        influxdb = place.influxdb
        setup.set_up(influxdb, settings.Credentials.load(place.variables), settings.ScrapeTargets({}))
        yield Store(process, influxdb.url, influxdb.bucket, read_secret(influxdb.read_token_file))


def _checked(process: Running) -> str:
    process.check()
    return ""
