"""One measurement: a contender drains a topic into a store while the store's own counter is read.

The yardstick is the same for all: `storage_writer_ok_points_sum` of influxd's /metrics over time. Reading it costs
influxd time that grows with the number of shards, so the pauses grow with what a reading took.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from benchmarks.contenders.catalogue import Contender
from benchmarks.write import arrivals
from benchmarks.write.arrivals import Sample
from benchmarks.write.processes import Running, running
from benchmarks.write.servers import Place, Store
from stack.steps import StepFailed, tail

SAMPLE_EVERY = 0.2
MOST_OF_THE_TIME = 20
"""A pause is at least so many times as long as reading the counter took."""
MEMORY_EVERY = 2.0
NOTHING_FOR = 60.0
"""Seconds without a new point after which a contender has failed."""
SETTLES_WITHIN = 30.0

CONTENDER, BROKER, INFLUXD = "contender", "broker", "influxd"


@dataclass(frozen=True)
class Measurement:
    """What one contender did with `rows` messages: points in the bucket, points per second, CPU seconds, memory."""

    contender: str
    rows: int
    points: int
    written: float
    steady_rows_per_s: float
    rows_per_s: float
    cpu_seconds: dict[str, float]
    peak_bytes: dict[str, int]
    memory: list[tuple[float, dict[str, int]]] = field(repr=False)
    """Points written, and the bytes of each part then."""

    @property
    def is_complete(self) -> bool:
        """Whether each message has become exactly one point."""
        return self.points == self.rows


class Watch:
    """Samples of the store's counter and of memory, until all points are there."""

    def __init__(self, store: Store, parts: dict[str, Sequence[Running]], rows: int) -> None:
        self._store = store
        self._parts = parts
        self._rows = rows
        self._before = store.points_written()
        self._cpu_before = self._cpu()
        self.samples: list[Sample] = [(time.monotonic(), 0.0)]
        self.memory: list[tuple[float, dict[str, int]]] = []

    def until_all_are_written(self) -> None:
        """Return when the counter has reached the rows; StepFailed where the contender ends or stands still."""
        progress = next_memory = time.monotonic()
        while self.samples[-1][1] < self._rows:
            for process in self._parts[CONTENDER]:
                process.check()
            began = time.monotonic()
            written = self._store.points_written() - self._before
            ended = time.monotonic()
            if written > self.samples[-1][1]:
                progress = ended
            elif ended - progress > NOTHING_FOR:
                raise StepFailed(self._standstill(written))
            self.samples.append(((began + ended) / 2, written))
            if ended >= next_memory:
                self.memory.append((written, self._memory()))
                next_memory = ended + MEMORY_EVERY
            time.sleep(max(SAMPLE_EVERY, MOST_OF_THE_TIME * (ended - began)) if written < self._rows else 0)

    def _standstill(self, written: float) -> str:
        logs = "\n".join(f"the log of {p.name} ends with:\n{tail(p.log)}" for p in self._parts[CONTENDER])
        return f"no new point for {NOTHING_FOR:g} s after {written:g} of {self._rows}; {logs}"

    def cpu_seconds(self) -> dict[str, float]:
        """Part → what it has used since the start."""
        return {part: used - self._cpu_before[part] for part, used in self._cpu().items()}

    def peak_bytes(self) -> dict[str, int]:
        """Part → the most memory that was seen."""
        self.memory.append((self.samples[-1][1], self._memory()))
        return {part: max(seen[part] for _, seen in self.memory) for part in self._parts}

    def _cpu(self) -> dict[str, float]:
        return {part: sum(p.cpu_seconds() for p in processes) for part, processes in self._parts.items()}

    def _memory(self) -> dict[str, int]:
        return {part: sum(p.memory() for p in processes) for part, processes in self._parts.items()}


def measure(contender: Contender, place: Place, store: Store, broker: Running, rows: int) -> Measurement:
    """Start the contender, wait until it has written the topic's `rows` messages, and end it."""
    components = contender.components(place)
    points_before = store.points()
    started: list[Running] = []
    watch = Watch(store, {CONTENDER: started, BROKER: [broker], INFLUXD: [store.process]}, rows)
    with running(components, place.home / "logs") as processes:
        started += processes
        watch.until_all_are_written()
        cpu, peak = watch.cpu_seconds(), watch.peak_bytes()
        points = settled(store, points_before + rows) - points_before
    return Measurement(
        contender=contender.name,
        rows=rows,
        points=points,
        written=watch.samples[-1][1],
        steady_rows_per_s=arrivals.steady_rate(watch.samples, rows),
        rows_per_s=arrivals.overall_rate(watch.samples, rows),
        cpu_seconds=cpu,
        peak_bytes=peak,
        memory=watch.memory,
    )


def settled(store: Store, expected: int) -> int:
    """How many points there are: as soon as all expected ones are, else after some patience."""
    end = time.monotonic() + SETTLES_WITHIN
    while (points := store.points()) < expected and time.monotonic() < end:
        time.sleep(1)
    return points


def facts(measurement: Measurement) -> dict[str, Any]:
    """A measurement for a JSON file."""
    names = ("contender", "rows", "points", "written", "steady_rows_per_s", "rows_per_s", "cpu_seconds", "peak_bytes")
    return {name: getattr(measurement, name) for name in names}
