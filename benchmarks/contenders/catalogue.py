"""How each contender is started. To add one, add a class with the two members of `Contender`."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from benchmarks.contenders import telegraf
from benchmarks.write.servers import CLIENTS, Place
from stack.native.supervision.component import Component
from testing.environment import ROOT
from weather.secrets import read_secret
from weather.settings.servers import SparkCluster

LINES = "READY_MADE_LINES"
"""The environment variable that names the file of ready-made lines."""
PROGRAMS = "benchmarks.contenders"
WAYS = ("format", "prepared", "rows")
"""The connector's ways to write a stream."""
MASTER = "local[4]"
"""Spark master of the small Spark programs."""


class Contender(Protocol):
    """A way to write a topic to InfluxDB."""

    @property
    def name(self) -> str: ...

    def components(self, place: Place) -> list[Component]:
        """Its processes, in the order in which they are started."""


@dataclass(frozen=True)
class SparkProgram:
    """A small Spark application of `benchmarks.contenders`: `command` is module and arguments (default: the name)."""

    name: str
    master: str
    command: tuple[str, ...] = ()

    def components(self, place: Place) -> list[Component]:
        python = place.installation.python()
        place.installation.connector_jars()
        spark = {"SPARK_MASTER_URL": self.master, "SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_PYTHON": str(python)}
        return [_program(self.name, python, [*(self.command or (self.name,))], place.variables.all() | spark)]


@dataclass(frozen=True)
class Ours:
    """This project's own application, started as in native mode: with a master and `workers`, by default the settings'.

    `jobs` is the value of SPARK_JOBS: the job of the write path, or "" for all jobs of the source.
    """

    workers: int = 0
    name: str = "ours"
    jobs: str = "meteo"

    def components(self, place: Place) -> list[Component]:
        made = place.changed(SPARK_JOBS=self.jobs).components
        workers = self.workers or SparkCluster.load(place.variables).workers
        cluster = [made.spark_master(), *(made.spark_worker(1 + number) for number in range(workers))]
        return [*cluster, made.spark_app()]


@dataclass(frozen=True)
class Telegraf:
    """Telegraf with these batch settings."""

    batches: telegraf.Batches = field(default_factory=telegraf.Batches)
    name: str = "telegraf"

    def components(self, place: Place) -> list[Component]:
        file = place.home / "telegraf.conf"
        file.write_text(
            telegraf.configuration(place.kafka, place.influxdb, place.home.name, self.batches), encoding="utf-8"
        )
        binary = telegraf.binary(place.variables, place.home / "install.log")
        token = {telegraf.TOKEN: read_secret(place.influxdb.write_token_file)}
        return [Component(self.name, [str(binary), "--config", str(file)], token)]


@dataclass(frozen=True)
class Quix:
    """Quix Streams in several processes, by default as many as two cores can use."""

    processes: int = 2
    name: str = "quix"

    def components(self, place: Place) -> list[Component]:
        python = place.installation.python(CLIENTS)
        numbers = range(1, self.processes + 1)
        arguments = ["quix", place.home.name]
        return [_program(f"quix-{number}", python, arguments, place.variables.all()) for number in numbers]


@dataclass(frozen=True)
class Ceiling:
    """A program that sends ready-made lines."""

    name: str = "ceiling"

    def components(self, place: Place) -> list[Component]:
        arguments = ["ceiling", place.variables.text(LINES)]
        return [_program(self.name, Path(sys.executable), arguments, place.variables.all())]


def _program(name: str, python: Path, arguments: list[str], environment: dict[str, str]) -> Component:
    module, *rest = arguments
    ours = {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    return Component(name, [str(python), "-m", f"{PROGRAMS}.{module}", *rest], environment | ours, stop_seconds=10)


def contenders(master: str = MASTER, batches: telegraf.Batches | None = None) -> dict[str, Contender]:
    """All contenders in the order of the table. The small Spark programs run on `master`, Telegraf with `batches`."""
    everyone: list[Contender] = [
        SparkProgram("per_row", master),
        SparkProgram("client_batching", master),
        *(SparkProgram(f"connector_{way}", master, ("connector", way)) for way in WAYS),
        Ours(),
        Telegraf(batches or telegraf.Batches()),
        Quix(),
        Ceiling(),
    ]
    return {contender.name: contender for contender in everyone}
