"""Computes how fast points arrived from samples of a store's counter. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

STEADY = (0.20, 0.95)
"""The part of the points over which the steady rate is computed: without the start and the stragglers."""

Sample = tuple[float, float]
"""Seconds (of a clock, or of CPU time), and the points written by then."""


def moment(samples: Sequence[Sample], points: float) -> float:
    """The seconds at which `points` had been written, by linear interpolation. Raise ValueError if they never were."""
    before = samples[0]
    for sample in samples:
        if sample[1] >= points:
            if sample[1] <= before[1]:
                return sample[0]
            share = (points - before[1]) / (sample[1] - before[1])
            return before[0] + share * (sample[0] - before[0])
        before = sample
    raise ValueError(f"{points:g} points were never written, only {samples[-1][1]:g}")


def steady_rate(samples: Sequence[Sample], points: int) -> float:
    """Points per second between 20 % and 95 % of the points."""
    return 1 / steady_seconds(samples, points)


def steady_seconds(samples: Sequence[Sample], points: int) -> float:
    """Seconds per point between 20 % and 95 % of the points."""
    low, high = (share * points for share in STEADY)
    return (moment(samples, high) - moment(samples, low)) / (high - low)


def overall_rate(samples: Sequence[Sample], points: int) -> float:
    """Points per second from the first sample, which is the contender's start, to the last point."""
    return points / (moment(samples, points) - samples[0][0])
