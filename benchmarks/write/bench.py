"""A broker for all measurements, and for each one a place of its own."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.contenders.catalogue import Contender
from benchmarks.write.measure import Measurement, measure
from benchmarks.write.processes import Running
from benchmarks.write.servers import Place, broker, first_place, load, store


@dataclass(frozen=True)
class Bench:
    """What measurements share. `influxd` is added to the environment of every store."""

    place: Place
    broker: Running
    influxd: dict[str, str]
    kind: str

    def load(self, topic: str, count: int, stations: int, first: int = 0, partitions: int = 0) -> None:
        """Make a topic of the readings `first` to `first + count`; with so many partitions, or with 0 as set."""
        readings = ["--kind", self.kind, "--stations", str(stations), "--first", str(first)]
        load(self.place, topic, readings, count, partitions)

    def place_for(self, name: str, topic: str, **changes: str) -> Place:
        """An empty place; no other may have this name."""
        return self.place.another(name, KAFKA_TOPIC=topic, **changes)

    def measure(self, contender: Contender, place: Place, rows: int) -> Measurement:
        """The contender drains the topic's `rows` messages into an empty store."""
        with store(place, self.influxd) as empty:
            return measure(contender, place, empty, self.broker, rows)


@contextmanager
def bench(options: argparse.Namespace) -> Iterator[Bench]:
    """A bench with an empty broker; all that it wrote is gone with the block."""
    with tempfile.TemporaryDirectory(prefix="weather-", ignore_cleanup_errors=True) as folder:
        place = first_place(Path(folder))
        with broker(place) as running:
            yield Bench(place, running, dict(options.influxd_env), options.kind)
