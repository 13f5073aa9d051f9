"""Latency from `send` to readable: from when a reading was sent to when a query first showed it. Pure functions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

PERCENTILES = (50, 95, 99)


@dataclass(frozen=True)
class Answer:
    """The result of one query: when it arrived, and the time of each station's latest point."""

    at: float
    latest: Mapping[str, int]


def latencies(sent: Iterable[tuple[str, int, float]], answers: Sequence[Answer]) -> list[float]:
    """Seconds from sending to the first answer that shows the reading. Raise ValueError if none shows it.

    `sent` holds station, time of the reading, and when it was sent. A station's readings are sent, stored and written
    in their order, so that all up to its latest point are readable.
    """
    waiting: dict[str, list[tuple[int, float]]] = {}
    for station, time, at in sent:
        waiting.setdefault(station, []).append((time, at))
    return [delay for station, readings in waiting.items() for delay in _of_station(station, readings, answers)]


def _of_station(station: str, readings: Sequence[tuple[int, float]], answers: Sequence[Answer]) -> list[float]:
    delays = []
    shown = iter(answers)
    answer = Answer(0.0, {})
    for time, at in readings:
        while answer.latest.get(station, time - 1) < time:
            try:
                answer = next(shown)
            except StopIteration:
                raise ValueError(f"station {station}: the reading of {time} was never readable") from None
        delays.append(answer.at - at)
    return delays


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that `percent` percent of the values do not exceed."""
    return sorted(values)[max(0, math.ceil(len(values) * percent / 100) - 1)]


def summary(delays: Sequence[float]) -> dict[str, float]:
    """p50, p95, p99 and the maximum, in milliseconds."""
    figures = {f"p{percent}_ms": 1000 * percentile(delays, percent) for percent in PERCENTILES}
    return {name: round(value, 1) for name, value in (figures | {"max_ms": 1000 * max(delays)}).items()}
