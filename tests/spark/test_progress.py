"""What is kept of a micro-batch."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import Row

from spark_app.progress import batch_figures, partition_lags, points

BEGAN_MS = 1_795_422_000_000
BEGAN = "2026-11-23T08:20:00.000Z"


def progress(written: dict[str, Any] | None, read: dict[str, int], latest: dict[str, int]) -> Any:
    """A batch of 30 rows that took 1.5 s; offsets by partition."""
    source = SimpleNamespace(endOffset=json.dumps({"meteo": read}), latestOffset=json.dumps({"meteo": latest}))
    return SimpleNamespace(
        name="meteo", timestamp=BEGAN, numInputRows=30, processedRowsPerSecond=20.0, sources=[source],
        durationMs={"triggerExecution": 1500}, observedMetrics={"written": Row(**written)} if written else {},
    )  # fmt: skip


WRITTEN = {
    "points": 28, "dead_letters": 2, "reason: no measurement": 2, "reason: the message is empty": 0,
    "sent_ms": [BEGAN_MS - 100, BEGAN_MS - 2_000, BEGAN_MS - 9_000],
}  # fmt: skip


def test_the_figures_of_a_batch() -> None:
    assert batch_figures(progress(WRITTEN, {"0": 10, "1": 20}, {"0": 15, "1": 20})) == {
        "rows": 30, "points": 28, "dead_letters": 2, "rows_per_second": 20.0, "batch_ms": 1500, "lag": 5,
        "latency_p50_ms": 1_600, "latency_p95_ms": 3_500, "latency_p99_ms": 10_500,
    }  # fmt: skip


def test_a_batch_without_records_has_no_latency() -> None:
    empty = {"points": 0, "dead_letters": 0, "sent_ms": None}
    for written in (empty, None):
        figures = batch_figures(progress(written, {"0": 1}, {"0": 1}))
        assert not [name for name in figures if name.startswith("latency")]
        assert (figures["points"], figures["lag"]) == (0, 0)


@pytest.mark.parametrize("latest", ["None", "null", "", None])
def test_a_batch_that_knows_no_latest_offsets_has_no_lag_but_all_else(latest: str | None) -> None:
    repeated = progress(WRITTEN, {"0": 10}, {})
    repeated.sources[0].latestOffset = latest
    figures = batch_figures(repeated)
    assert "lag" not in figures
    assert (figures["points"], figures["latency_p50_ms"]) == (28, 1_600)


def test_each_partition_has_its_lag_also_one_that_was_never_read() -> None:
    assert partition_lags(progress(WRITTEN, {"0": 10}, {"0": 15, "1": 7})) == {"0": 5, "1": 7}


def test_one_point_for_the_batch_one_for_each_partition_one_for_each_reason() -> None:
    batch = progress(WRITTEN, {"0": 10, "1": 20}, {"0": 15, "1": 20})
    lines = [point.to_line_protocol() for point in points(batch, {"rows": 30, "lag": 5})]
    assert lines == [
        "pipeline,component=spark_app,query=meteo lag=5,rows=30",
        "pipeline,component=spark_app,partition=0,query=meteo partition_lag=5",
        "pipeline,component=spark_app,partition=1,query=meteo partition_lag=0",
        "pipeline,component=spark_app,query=meteo,reason=no\\ measurement rejected=2",
    ]
