"""What is kept of a micro-batch."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from pyspark import SparkContext
from pyspark.sql import SparkSession

from spark_app.monitoring.progress import batch_fields, partition_lags, points
from spark_app.monitoring.write_metrics import MetricsByBatch, WriteMetrics


def progress(read: dict[str, int], latest: dict[str, int]) -> dict[str, Any]:
    """A batch of 30 rows that took 1.5 s; offsets by partition."""
    return {
        "name": "meteo", "numInputRows": 30, "processedRowsPerSecond": 20.0,
        "sources": [{"endOffset": {"meteo": read}, "latestOffset": {"meteo": latest}}],
        "durationMs": {"triggerExecution": 1500}, "stateOperators": [],
    }  # fmt: skip


def written() -> WriteMetrics:
    latencies = [(100.0, 94.0), (2_000.0, 4.0), (9_000.0, 2.0)]
    return WriteMetrics(28, 3, 1, 5_000, Counter({"no measurement": 2}), latencies)


def test_the_figures_of_a_batch() -> None:
    assert batch_fields(progress({"0": 10, "1": 20}, {"0": 15, "1": 20}), written()) == {
        "rows": 30, "points": 28, "dead_letters": 2, "rows_per_second": 20.0, "batch_ms": 1500, "lag": 5,
        "write_requests": 3, "write_retries": 1, "write_bytes": 5_000, "late_rows": 0,
        "latency_p50_ms": 100, "latency_p95_ms": 2_000, "latency_p99_ms": 9_000,
    }  # fmt: skip


def test_a_batch_without_records_has_no_latency() -> None:
    metrics = batch_fields(progress({"0": 1}, {"0": 1}), WriteMetrics())
    assert not [name for name in metrics if name.startswith("latency")]
    assert (metrics["points"], metrics["lag"]) == (0, 0)


def test_rows_that_came_too_late_are_told_once_however_many_operators_met_them() -> None:
    batch = progress({"0": 1}, {"0": 1})
    batch["stateOperators"] = [{"numRowsDroppedByWatermark": count} for count in (3, 0, 2)]
    assert batch_fields(batch, WriteMetrics())["late_rows"] == 3


@pytest.mark.parametrize("latest", ["None", "null", "", None])
def test_a_batch_that_knows_no_latest_offsets_has_no_lag_but_all_else(latest: str | None) -> None:
    repeated = progress({"0": 10}, {})
    repeated["sources"][0]["latestOffset"] = latest
    metrics = batch_fields(repeated, written())
    assert "lag" not in metrics
    assert (metrics["points"], metrics["latency_p50_ms"]) == (28, 100)


def test_each_partition_has_its_lag_also_one_that_was_never_read() -> None:
    assert partition_lags(progress({"0": 10}, {"0": 15, "1": 7})) == {"0": 5, "1": 7}


def test_one_point_for_the_batch_one_for_each_partition_one_for_each_reason() -> None:
    batch = progress({"0": 10, "1": 20}, {"0": 15, "1": 20})
    lines = [point.to_line_protocol() for point in points(batch, {"rows": 30, "lag": 5}, written())]
    assert lines == [
        "pipeline,component=spark_app,query=meteo lag=5,rows=30",
        "pipeline,component=spark_app,partition=0,query=meteo partition_lag=5",
        "pipeline,component=spark_app,partition=1,query=meteo partition_lag=0",
        "pipeline,component=spark_app,query=meteo,reason=no\\ measurement rejected=2",
    ]


@pytest.mark.parametrize("number", [1, 100, 5_000])
def test_percentiles_are_those_of_all_records_whatever_the_size_of_their_chunks(number: int) -> None:
    metrics, all_of_them = WriteMetrics(), np.arange(10_000) % 997
    for start in range(0, len(all_of_them), number):
        metrics.took(all_of_them[start : start + number])
    for percent in (50, 95, 99):
        assert metrics.percentile(percent) == pytest.approx(np.percentile(all_of_them, percent), abs=10)


def test_figures_of_several_partitions_come_together_by_batch(spark: SparkSession) -> None:
    context: SparkContext = spark.sparkContext
    accumulator = context.accumulator({}, MetricsByBatch())

    def work(number: int) -> None:
        accumulator.add(
            {number % 2: WriteMetrics(points=number, rejected=Counter({"why": 1}), latencies=[(number, 1.0)])}
        )

    context.parallelize(range(6), 3).foreach(work)
    assert {batch: metrics.points for batch, metrics in accumulator.value.items()} == {0: 6, 1: 9}
    assert accumulator.value[1].rejected == {"why": 3}
    assert sorted(accumulator.value[1].latencies) == [(1, 1.0), (3, 1.0), (5, 1.0)]
