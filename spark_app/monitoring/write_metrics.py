"""The metrics of a batch's ForeachWriters, which a Spark accumulator brings from the executors to the driver.

Spark adds a task's metrics once, when the task has succeeded. A batch that is repeated after a crash is reported again.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
from pyspark import Accumulator, AccumulatorParam, SparkContext

MAX_LATENCIES = 100
"""Maximum number of latencies per chunk. A larger chunk is represented by this many quantiles."""


class Requests(Protocol):
    """The counters of a client of the write API."""

    requests: int
    retries: int
    bytes: int


@dataclass
class WriteMetrics:
    """Points written, requests, retries and bytes of writing them, rejected records by reason, latencies.

    `latencies` are milliseconds from Kafka's timestamp of a record until its point can be read, each with the number of
    records that it represents.
    """

    points: int = 0
    requests: int = 0
    retries: int = 0
    bytes: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    latencies: list[tuple[float, float]] = field(default_factory=list)

    def wrote(self, api: Requests) -> None:
        """Take over the counters of a write API."""
        self.requests, self.retries, self.bytes = api.requests, api.retries, api.bytes

    def took(self, milliseconds: npt.NDArray[np.int64]) -> None:
        """Add the latencies of a chunk."""
        if len(milliseconds) > MAX_LATENCIES:
            shares = (np.arange(MAX_LATENCIES) + 0.5) / MAX_LATENCIES
            weight = len(milliseconds) / MAX_LATENCIES
            self.latencies += [(float(value), weight) for value in np.quantile(milliseconds, shares)]
        else:
            self.latencies += [(float(value), 1.0) for value in milliseconds]

    def percentile(self, percent: float) -> float | None:
        """The latency that `percent` of the records did not exceed; None if there are no latencies."""
        if not self.latencies:
            return None
        values, weights = np.array(sorted(self.latencies)).T
        reached = np.cumsum(weights) >= percent / 100 * weights.sum() - 1e-9
        return float(values[np.argmax(reached)])

    def add(self, other: WriteMetrics) -> None:
        """Add the metrics of another partition."""
        self.points += other.points
        self.requests += other.requests
        self.retries += other.retries
        self.bytes += other.bytes
        self.rejected += other.rejected
        self.latencies += other.latencies


class MetricsAccumulator(Protocol):
    """The Spark accumulator to which a writer adds the metrics of its partition, by batch."""

    def add(self, term: dict[int, WriteMetrics], /) -> None: ...


class MetricsByBatch(AccumulatorParam[dict[int, WriteMetrics]]):
    """Number of the batch → its metrics."""

    def zero(self, value: dict[int, WriteMetrics]) -> dict[int, WriteMetrics]:
        return {}

    def addInPlace(self, value1: dict[int, WriteMetrics], value2: dict[int, WriteMetrics]) -> dict[int, WriteMetrics]:
        for batch, metrics in value2.items():
            value1.setdefault(batch, WriteMetrics()).add(metrics)
        return value1


class BatchMetrics:
    """One accumulator per query, with the metrics of its writers."""

    def __init__(self, spark: SparkContext) -> None:
        self._spark = spark
        self._accumulators: dict[str, Accumulator[dict[int, WriteMetrics]]] = {}

    def of(self, query: str) -> Accumulator[dict[int, WriteMetrics]]:
        """The accumulator of a query's writers."""
        if query not in self._accumulators:
            self._accumulators[query] = self._spark.accumulator({}, MetricsByBatch())
        return self._accumulators[query]

    def written(self, query: str, batch: int) -> WriteMetrics:
        """The metrics of a batch's writers. They are returned once."""
        batches: dict[int, WriteMetrics] = self.of(query).value
        return batches.pop(batch, WriteMetrics())
