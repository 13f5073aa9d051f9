"""Reports each micro-batch: one log line, and points of measurement `pipeline` in the monitoring bucket."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from influxdb_client import InfluxDBClient, Point
from influxdb_client.client.write_api import SYNCHRONOUS
from pyspark import SparkContext
from pyspark.sql.streaming.listener import (
    JStreamingQueryListener,
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from spark_app.checkpoints import durable
from spark_app.monitoring.write_metrics import WriteMetrics
from weather import settings
from weather.logs import facts
from weather.secrets import read_secret

log = logging.getLogger(__name__)

MEASUREMENT = "pipeline"
TIMEOUT_MS = 10_000
REPORT_EVERY = 60.0
NO_PROBLEM = "none"
"""The field `problem` of a query that works. An empty text would count as no value."""

Progress = Mapping[str, Any]
"""The JSON of Spark's StreamingQueryProgress."""


class JsonEvents(JStreamingQueryListener):
    """Passes a batch's progress to Python as one text. Spark's own class makes a call to Java for each number in it."""

    def onQueryProgress(self, jevent: Any) -> None:
        self.pylistener.batch_ended(json.loads(jevent.progress().json()))


class ProgressListener(StreamingQueryListener):
    """Writes the metrics of each batch. A failure is logged and never affects the query."""

    def __init__(
        self,
        influxdb: settings.InfluxDB,
        written: Callable[[str, int], WriteMetrics],
        checkpoints: Mapping[str, Path] | None = None,
    ) -> None:
        """`written` returns the metrics of a query's batch (name, number), once. `checkpoints`: query → folder."""
        self._written = written
        self._checkpoints = {} if checkpoints is None else checkpoints
        self._names: dict[str, str] = {}
        self._problems: dict[str, str] = {}
        self._reported = time.monotonic()
        self._bucket = influxdb.monitoring_bucket
        token = read_secret(influxdb.write_token_file)
        client = InfluxDBClient(url=influxdb.url, token=token, org=influxdb.org, timeout=TIMEOUT_MS)
        self._api = client.write_api(write_options=SYNCHRONOUS)

    def report(self, problems: Mapping[str, str]) -> None:
        """Write the problem of each query, "" if it works, for ./status.sh and the dashboard: each change, and once per
        minute those that last.
        """
        news = {query: words for query, words in problems.items() if self._problems.get(query) != words}
        if time.monotonic() - self._reported > REPORT_EVERY:
            news |= {query: words for query, words in problems.items() if words}
        if news:
            self._api.write(
                bucket=self._bucket,
                record=[_point(query).field("problem", words or NO_PROBLEM) for query, words in news.items()],
            )
            self._problems |= news
            self._reported = time.monotonic()

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        self._names[str(event.runId)] = event.name or ""
        log.info(facts("query_started", query=event.name, run=event.runId))

    @property
    def _jlistener(self) -> Any:
        assert SparkContext._jvm is not None
        return SparkContext._jvm.PythonStreamingQueryListenerWrapper(JsonEvents(self))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        """Not called: `batch_ended` is called instead."""

    def batch_ended(self, progress: Progress) -> None:
        """Sync a micro-batch to disk and report it."""
        try:
            if (checkpoint := self._checkpoints.get(progress["name"])) is not None:
                durable.sync(checkpoint, progress["batchId"])
            written = self._written(progress["name"], progress["batchId"])
            metrics = batch_fields(progress, written)
            log.info(facts("batch", query=progress["name"], batch=progress["batchId"], **metrics))
            self._api.write(bucket=self._bucket, record=points(progress, metrics, written))
        except Exception as error:
            log.warning(facts("metrics_not_written", error=repr(error)))

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        """Report every ten seconds that the query is idle, to distinguish it from one that is silent."""
        try:
            idle = _point(self._names[str(event.runId)]).field("rows", 0.0).field("lag", 0.0)
            self._api.write(bucket=self._bucket, record=idle)
        except Exception as error:
            log.warning(facts("metrics_not_written", error=repr(error)))

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        log.info(facts("query_ended", run=event.runId, error=event.exception or "none"))


def points(progress: Progress, metrics: dict[str, float], written: WriteMetrics) -> list[Point]:
    """One point with the metrics of the batch, one per partition with its lag, one per reason with its dead letters."""
    batch = _point(progress["name"])
    for name, value in metrics.items():
        batch.field(name, float(value))
    lags = [
        _point(progress["name"]).tag("partition", number).field("partition_lag", float(lag))
        for number, lag in partition_lags(progress).items()
    ]
    letters = [
        _point(progress["name"]).tag("reason", reason).field("rejected", float(count))
        for reason, count in sorted(written.rejected.items())
    ]
    return [batch, *lags, *letters]


def _point(query: str) -> Point:
    return Point(MEASUREMENT).tag("query", query).tag("component", "spark_app")


def batch_fields(progress: Progress, written: WriteMetrics) -> dict[str, float]:
    """The metrics of a batch: field → value.

    Rows read, points written, dead letters, requests, retries and bytes of writing, rows later than the watermark, rows
    per second, duration, lag in records, latency. Latency is measured from Kafka's timestamp of a record until its
    point can be read: 50, 95 and 99 % of the records took no longer. Only batches with points have it.
    """
    metrics = {
        "rows": progress["numInputRows"],
        "points": written.points,
        "dead_letters": written.rejected.total(),
        "write_requests": written.requests,
        "write_retries": written.retries,
        "write_bytes": written.bytes,
        "late_rows": max((operator["numRowsDroppedByWatermark"] for operator in progress["stateOperators"]), default=0),
        "rows_per_second": progress.get("processedRowsPerSecond", 0.0),
        "batch_ms": progress["durationMs"].get("triggerExecution", 0),
    }
    if lags := partition_lags(progress):
        metrics["lag"] = sum(lags.values())
    for percent in (50, 95, 99):
        if (latency := written.percentile(percent)) is not None:
            metrics[f"latency_p{percent}_ms"] = round(latency)
    return metrics


def partition_lags(progress: Progress) -> dict[str, int]:
    """Partition → records behind the batch when it began. Empty for a repeated batch, which has no latest offsets."""
    lags: dict[str, int] = {}
    for source in progress["sources"]:
        read, latest = (_by_topic(source.get(name)) for name in ("endOffset", "latestOffset"))
        for topic, partitions in latest.items():
            for partition, offset in partitions.items():
                lags[partition] = lags.get(partition, 0) + max(0, offset - read.get(topic, {}).get(partition, 0))
    return lags


def _by_topic(offsets: Any) -> dict[str, dict[str, int]]:
    """Topic → partition → offset; empty if there are no offsets."""
    return offsets if isinstance(offsets, dict) else {}
