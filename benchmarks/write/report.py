"""Measurements → one table for people, one document for programs. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.write.measure import BROKER, CONTENDER, INFLUXD, Measurement, facts

MILLION = 1_000_000
MIB = 2**20
PARTS = (CONTENDER, BROKER, INFLUXD)


def median(measurements: Sequence[Measurement], figure: Callable[[Measurement], float]) -> float:
    """The median of a figure over rounds."""
    return statistics.median(figure(measurement) for measurement in measurements)


def by_contender(measurements: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    """The rounds of each contender, in the order in which the contenders first came."""
    groups: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        groups.setdefault(measurement.contender, []).append(measurement)
    return groups


def table(measurements: Sequence[Measurement], order: Sequence[str]) -> str:
    """One line a contender: medians of its rounds."""
    head = (
        f"{'':<16} {'rows':>9} {'points':>9} {'rows/s':>9} {'with start':>10}"
        f"   CPU s per million rows: {'itself':>7} {'broker':>7} {'influxd':>7}"
        f"   peak MiB: {'itself':>6} {'broker':>6} {'influxd':>7}"
    )
    groups = by_contender(measurements)
    return "\n".join([head, *(_row(name, groups[name]) for name in order if name in groups)])


def _row(name: str, rounds: Sequence[Measurement]) -> str:
    cpu = {part: median(rounds, lambda m, part=part: cpu_per_million(m)[part]) for part in PARTS}  # type: ignore[misc]
    peak = {part: max(m.peak_bytes[part] for m in rounds) / MIB for part in PARTS}
    return (
        f"{name:<16} {rounds[0].rows:>9} {'/'.join(sorted({str(m.points) for m in rounds})):>9}"
        f" {median(rounds, lambda m: m.steady_rows_per_s):>9.0f} {median(rounds, lambda m: m.rows_per_s):>10.0f}"
        f"   {'':<23} {cpu[CONTENDER]:>7.1f} {cpu[BROKER]:>7.1f} {cpu[INFLUXD]:>7.1f}"
        f"   {'':<9} {peak[CONTENDER]:>6.0f} {peak[BROKER]:>6.0f} {peak[INFLUXD]:>7.0f}"
    )


def cpu_per_million(measurement: Measurement) -> dict[str, float]:
    """Part → CPU seconds per million rows."""
    return {part: used * MILLION / measurement.rows for part, used in measurement.cpu_seconds.items()}


def document(rows: int, measurements: Sequence[Measurement], conditions: dict[str, Any]) -> dict[str, Any]:
    """What --json writes: medians of the steady rate, points of each contender, conditions, and all rounds."""
    groups = by_contender(measurements)
    return {
        "rows": rows,
        "median_rows_per_s": {n: round(median(g, lambda m: m.steady_rows_per_s)) for n, g in groups.items()},
        "median_rows_per_s_with_start": {n: round(median(g, lambda m: m.rows_per_s)) for n, g in groups.items()},
        "points": {name: _same([m.points for m in rounds]) for name, rounds in groups.items()},
        "cpu_s_per_million_rows": {
            name: {part: round(median(rounds, lambda m, p=part: cpu_per_million(m)[p]), 2) for part in PARTS}  # type: ignore[misc]
            for name, rounds in groups.items()
        },
        "peak_bytes": {
            name: {part: max(m.peak_bytes[part] for m in rounds) for part in PARTS} for name, rounds in groups.items()
        },
        "conditions": conditions,
        "rounds": [facts(measurement) for measurement in measurements],
    }


def _same(counts: Sequence[int]) -> int | list[int]:
    """The count of all rounds, or each where they differ."""
    return counts[0] if len(set(counts)) == 1 else list(counts)


def line(measurement: Measurement) -> str:
    """One measurement in a line, while the others go on."""
    again = measurement.written - measurement.rows
    return (
        f"{measurement.contender:<16} {measurement.steady_rows_per_s:9.0f} rows/s, {measurement.rows_per_s:.0f} with"
        f" start, {measurement.points} points"
        + ("" if measurement.is_complete else f" instead of {measurement.rows}")
        + (f", {again:.0f} written again" if again > measurement.rows / 100 else "")
    )
