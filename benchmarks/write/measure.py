"""One measurement: a contender writes all messages of a topic to a store."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contenders.catalogue import Contender
from benchmarks.write import arrivals
from benchmarks.write.processes import Running, running
from benchmarks.write.servers import Place, Store
from benchmarks.write.watch import BROKER, CONTENDER, INFLUXD, Watch

MILLION = 1_000_000
SETTLE_TIMEOUT = 30.0


@dataclass(frozen=True)
class Measurement:
    """The result of one contender for `rows` messages.

    Steady metrics are taken between 20 % and 95 % of the points, the others from the start of its processes. CPU
    seconds are per million rows and part.
    """

    contender: str
    rows: int
    points: int
    written: float
    steady_rows_per_s: float
    rows_per_s: float
    steady_cpu_s: dict[str, float]
    cpu_s: dict[str, float]
    peak_bytes: dict[str, int]
    others_cores: float
    """Cores that the rest of the machine used meanwhile. If they are many, the rates mean little."""
    memory: list[tuple[float, dict[str, int]]] = field(repr=False)
    """Samples of the points written and the bytes that each part used then."""

    @property
    def is_complete(self) -> bool:
        """Whether each message has become exactly one point."""
        return self.points == self.rows

    def facts(self) -> dict[str, Any]:
        """All metrics except the samples of memory, for a JSON file."""
        return {name: value for name, value in vars(self).items() if name != "memory"}


def measure(contender: Contender, place: Place, store: Store, broker: Running, rows: int) -> Measurement:
    """Start the contender, wait until it has written the topic's `rows` messages, and end it."""
    components = contender.components(place)
    before = store.points()
    started: list[Running] = []
    watch = Watch(store, {CONTENDER: started, BROKER: [broker], INFLUXD: [store.process]}, rows)
    with running(components, place.home / "logs") as processes:
        started += processes
        watch.until_all_are_written()
        others = watch.others_cores
        points = settled(store, before + rows) - before
    return Measurement(
        contender=contender.name,
        rows=rows,
        points=points,
        written=watch.written,
        steady_rows_per_s=arrivals.steady_rate(watch.points, rows),
        rows_per_s=arrivals.overall_rate(watch.points, rows),
        steady_cpu_s={part: MILLION * arrivals.steady_seconds(seen, rows) for part, seen in watch.cpu.items()},
        cpu_s={part: MILLION * arrivals.moment(seen, rows) / rows for part, seen in watch.cpu.items()},
        peak_bytes={part: max(seen[part] for _, seen in watch.memory) for part in watch.cpu},
        others_cores=round(others, 2),
        memory=watch.memory,
    )


def settled(store: Store, expected: int) -> int:
    """The number of points. Return when all expected ones are there, or after SETTLE_TIMEOUT seconds."""
    end = time.monotonic() + SETTLE_TIMEOUT
    while (points := store.points()) < expected and time.monotonic() < end:
        time.sleep(1)
    return points
