"""Samples a store and the processes around it while a contender fills it.

The measure is the same for all: `storage_writer_ok_points_sum` of influxd's /metrics over time. Reading it costs
influxd time that grows with the number of shards, so the pauses grow with the duration of the previous poll.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence

import psutil

from benchmarks.write.arrivals import Sample
from benchmarks.write.processes import Running
from benchmarks.write.servers import Store
from stack.common.steps import StepFailed, tail

SAMPLE_EVERY = 0.2
MAX_SHARE = 20
"""A pause is at least this many times as long as reading the counter took."""
CPU_EVERY = 0.5
MEMORY_EVERY = 2.0
NOTHING_FOR = 150.0
"""Seconds without a new point after which a contender has failed; on a busy machine, Spark's first takes long."""

CONTENDER, BROKER, INFLUXD = PARTS = ("contender", "broker", "influxd")


def machine_cpu_seconds() -> float:
    """CPU seconds of all processes of this machine except this one, since the machine was started."""
    times, own = psutil.cpu_times(), psutil.Process().cpu_times()
    return float(times.user + times.nice + times.system + times.irq + times.softirq - own.user - own.system)


class Watch:
    """Samples of points written, and of the CPU time and memory of each part, from the contender's start on."""

    def __init__(self, store: Store, parts: Mapping[str, Sequence[Running]], rows: int) -> None:
        self._store = store
        self._parts = parts
        self._rows = rows
        self._points_before = store.points_written()
        self._cpu_before = self._cpu()
        self._machine_before = machine_cpu_seconds()
        self.points: list[Sample] = [(time.monotonic(), 0.0)]
        self.cpu: dict[str, list[Sample]] = {part: [(0.0, 0.0)] for part in parts}
        self.memory: list[tuple[float, dict[str, int]]] = []
        """Samples of the points written and the bytes that each part used then."""

    @property
    def written(self) -> float:
        """Points at the last sample."""
        return self.points[-1][1]

    @property
    def others_cores(self) -> float:
        """Cores that everything else on this machine has used, which the measurement did not have."""
        ours = sum(self._cpu().values()) - sum(self._cpu_before.values())
        used = machine_cpu_seconds() - self._machine_before - ours
        return max(0.0, used / (time.monotonic() - self.points[0][0]))

    def until_all_are_written(self) -> None:
        """Return when the counter has reached the rows. Raise StepFailed if the contender ends or makes no progress."""
        progress = next_cpu = next_memory = time.monotonic()
        while self.written < self._rows:
            for process in self._parts[CONTENDER]:
                process.check()
            before = self.written
            now, took = self._count()
            if self.written > before:
                progress = now
            elif now - progress > NOTHING_FOR:
                raise StepFailed(self._standstill())
            if now >= next_cpu or self.written >= self._rows:
                self._note_cpu()
                next_cpu = now + CPU_EVERY
            if now >= next_memory or self.written >= self._rows:
                self.memory.append((self.written, self._memory()))
                next_memory = now + MEMORY_EVERY
            if self.written < self._rows:
                time.sleep(max(SAMPLE_EVERY, MAX_SHARE * took))

    def _count(self) -> Sample:
        """Take a sample of the counter. Return when it was taken, and how many seconds that took."""
        began = time.monotonic()
        written = self._store.points_written() - self._points_before
        ended = time.monotonic()
        self.points.append(((began + ended) / 2, written))
        return ended, ended - began

    def _note_cpu(self) -> None:
        for part, used in self._cpu().items():
            self.cpu[part].append((used - self._cpu_before[part], self.written))

    def _cpu(self) -> dict[str, float]:
        return {part: sum(p.cpu_seconds() for p in processes) for part, processes in self._parts.items()}

    def _memory(self) -> dict[str, int]:
        return {part: sum(p.memory() for p in processes) for part, processes in self._parts.items()}

    def _standstill(self) -> str:
        logs = "\n".join(f"the log of {p.name} ends with:\n{tail(p.log)}" for p in self._parts[CONTENDER])
        return f"no new point for {NOTHING_FOR:g} s after {self.written:g} of {self._rows}; {logs}"
