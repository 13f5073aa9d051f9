"""One broker for all measurements, and a separate place for each."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from benchmarks.contenders.catalogue import Contender
from benchmarks.write.measure import Measurement, measure
from benchmarks.write.processes import Running
from benchmarks.write.servers import Place, broker, first_place, load, store
from stack.common.steps import say

T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """What all measurements share. `influxd` is added to the environment of every store."""

    place: Place
    broker: Running
    influxd: dict[str, str]
    kind: str

    def load(self, topic: str, count: int, stations: int, first: int = 0, partitions: int = 0) -> None:
        """Create a topic of the `count` readings from `first` on. 0 `partitions` means the setting's."""
        readings = ["--kind", self.kind, "--stations", str(stations), "--first", str(first)]
        load(self.place, topic, readings, count, partitions)

    def place_for(self, name: str, topic: str, **changes: str) -> Place:
        """An empty place. Its name must be unique."""
        return self.place.another(name, KAFKA_TOPIC=topic, **changes)

    def measure(self, contender: Contender, place: Place, rows: int) -> Measurement:
        """Measure how the contender writes the topic's `rows` messages to an empty store."""
        with store(place, self.influxd) as empty:
            return measure(contender, place, empty, self.broker, rows)


def turns(rounds: int, contenders: Sequence[T]) -> Iterator[tuple[int, T]]:
    """Each contender once per round, with the number of the round, which starts with another one each time."""
    for number in range(rounds):
        say(f"round {number + 1} of {rounds}")
        first = number % len(contenders)
        yield from ((number, contender) for contender in (*contenders[first:], *contenders[:first]))


@contextmanager
def bench(options: argparse.Namespace) -> Iterator[Bench]:
    """A bench with an empty broker; all files are removed after the block."""
    with tempfile.TemporaryDirectory(prefix="weather-", ignore_cleanup_errors=True) as folder:
        place = first_place(Path(folder))
        with broker(place) as running:
            yield Bench(place, running, dict(options.influxd_env), options.kind)
