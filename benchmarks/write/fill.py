"""Fills a store with ready-made points, for measurements with a store that is not empty."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from benchmarks.contenders.ceiling import CONNECTIONS, feed
from benchmarks.write.readings import Readings
from stack.common.steps import StepFailed
from weather import settings


def fill(influxdb: settings.InfluxDBSink, readings: Readings, numbers: range) -> None:
    """Write these readings. Raise StepFailed if InfluxDB rejects any."""
    problems: list[str] = []
    threads = [
        threading.Thread(
            target=feed, args=(influxdb, requests(readings, numbers, part, influxdb.batch_lines), problems)
        )
        for part in range(CONNECTIONS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if problems:
        raise StepFailed(f"filling the store failed: {problems[0]}")


def requests(readings: Readings, numbers: range, part: int, lines: int) -> Iterator[bytes]:
    """Every CONNECTIONS-th request of `lines` lines, starting with the `part`-th."""
    for start in range(part * lines, len(numbers), CONNECTIONS * lines):
        chosen = numbers[start : start + lines]
        yield "".join(f"{readings.line(number)}\n" for number in chosen).encode()
