"""Formats measurements as a table for people and as a document for programs. Pure functions."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.write.measure import Measurement
from benchmarks.write.watch import CONTENDER, PARTS

MIB = 2**20
NOISE = 0.15
"""Cores that an idle machine uses for itself; more is reported."""
HEAD = (
    f"{'':<26} {'rows':>9} {'points':>9} {'rows/s':>8} {'+ start':>8} "
    f"| {'CPU s/M rows':>12} {'+ start':>8} {'broker':>7} {'influxd':>8} "
    f"| {'peak MiB':>8} {'broker':>7} {'influxd':>8}"
)


def median(measurements: Sequence[Measurement], figure: Callable[[Measurement], float]) -> float:
    """The median of a metric over rounds."""
    return statistics.median(figure(measurement) for measurement in measurements)


def by_contender(measurements: Sequence[Measurement]) -> dict[str, list[Measurement]]:
    """The rounds of each contender, in the order in which the contenders first appear."""
    groups: dict[str, list[Measurement]] = {}
    for measurement in measurements:
        groups.setdefault(measurement.contender, []).append(measurement)
    return groups


def cpu(rounds: Sequence[Measurement]) -> dict[str, float]:
    """Part → CPU seconds per million rows in steady state."""
    return {part: statistics.median(m.steady_cpu_s[part] for m in rounds) for part in PARTS}


def cpu_with_start(rounds: Sequence[Measurement]) -> dict[str, float]:
    """Part → CPU seconds per million rows from the contender's start on."""
    return {part: statistics.median(m.cpu_s[part] for m in rounds) for part in PARTS}


def peak(rounds: Sequence[Measurement]) -> dict[str, int]:
    """Part → its highest memory in any round."""
    return {part: max(m.peak_bytes[part] for m in rounds) for part in PARTS}


def table(measurements: Sequence[Measurement], order: Sequence[str]) -> str:
    """One line per contender: medians of its rounds. Columns that name no part are those of the contender itself."""
    groups = by_contender(measurements)
    return "\n".join([HEAD, *(_row(name, groups[name]) for name in order if name in groups)])


def _row(name: str, rounds: Sequence[Measurement]) -> str:
    own, broker, influxd = cpu(rounds).values()
    memory = [bytes_ / MIB for bytes_ in peak(rounds).values()]
    return (
        f"{name:<26} {rounds[0].rows:>9} {'/'.join(sorted({str(m.points) for m in rounds})):>9} "
        f"{median(rounds, lambda m: m.steady_rows_per_s):>8.0f} {median(rounds, lambda m: m.rows_per_s):>8.0f} "
        f"| {own:>12.1f} {cpu_with_start(rounds)[CONTENDER]:>8.1f} {broker:>7.1f} {influxd:>8.1f} "
        f"| {memory[0]:>8.0f} {memory[1]:>7.0f} {memory[2]:>8.0f}"
    )


def document(rows: int, measurements: Sequence[Measurement], conditions: dict[str, Any]) -> dict[str, Any]:
    """What --json writes: medians over the rounds, points of each contender, conditions, and all rounds."""
    groups = by_contender(measurements)
    return {
        "rows": rows,
        "median_rows_per_s": {n: round(median(rounds, lambda m: m.steady_rows_per_s)) for n, rounds in groups.items()},
        "points": {name: _same([m.points for m in rounds]) for name, rounds in groups.items()},
        "median_rows_per_s_with_start": {n: round(median(r, lambda m: m.rows_per_s)) for n, r in groups.items()},
        "cpu_s_per_million_rows": {name: cpu(rounds) for name, rounds in groups.items()},
        "cpu_s_per_million_rows_with_start": {name: cpu_with_start(rounds) for name, rounds in groups.items()},
        "peak_bytes": {name: peak(rounds) for name, rounds in groups.items()},
        "conditions": conditions,
        "rounds": [measurement.facts() for measurement in measurements],
    }


def memory_table(measurements: Sequence[Measurement]) -> str:
    """MiB of each part for each fifth of the points, which shows whether memory stays bounded."""
    lines = [f"{'peak MiB in each fifth of the points':<44}" + "".join(f"{f'{part}. ':>12}" for part in range(1, 6))]
    for name, rounds in by_contender(measurements).items():
        for part in PARTS:
            fifths = [fifth(rounds[-1], part, number) / MIB for number in range(5)]
            lines.append(
                f"{name:<30} {part:<13}" + "".join(f"{size:>12.0f}" if size else f"{'-':>12}" for size in fifths)
            )
    return "\n".join(lines)


def fifth(measurement: Measurement, part: str, number: int) -> float:
    """The highest memory of a part in bytes during a fifth of the points; 0 if there is no sample."""
    low, high = (measurement.rows * edge / 5 for edge in (number, number + 1))
    last = number == 4
    seen = [sizes[part] for points, sizes in measurement.memory if low <= points < high or (last and points >= high)]
    return max(seen, default=0)


def _same(counts: Sequence[int]) -> int | list[int]:
    """The count of all rounds, or a list if they differ."""
    return counts[0] if len(set(counts)) == 1 else list(counts)


def line(measurement: Measurement) -> str:
    """One measurement as a line that is printed while the others still run."""
    again = measurement.written - measurement.rows
    return (
        f"{measurement.contender:<26} {measurement.steady_rows_per_s:9.0f} rows/s, {measurement.rows_per_s:.0f} with"
        f" start, {measurement.points} points"
        + ("" if measurement.is_complete else f" instead of {measurement.rows}")
        + (f", other load: {measurement.others_cores:.1f} cores" if measurement.others_cores > NOISE else "")
        + (f", {again:.0f} written again" if again > measurement.rows / 100 else "")
    )
