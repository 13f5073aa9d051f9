"""What each micro-batch did: one log line, and points of measurement `pipeline` in the monitoring bucket."""

from __future__ import annotations

import json
import logging
from datetime import datetime
from typing import Any

from influxdb_client import Point
from influxdb_client.client.write_api import SYNCHRONOUS
from pyspark.sql.streaming.listener import (
    QueryIdleEvent,
    QueryProgressEvent,
    QueryStartedEvent,
    QueryTerminatedEvent,
    StreamingQueryListener,
)

from spark_app.influxdb_writer import open_client
from spark_app.meteo import FIGURES, REASON
from weather import settings
from weather.logs import facts

log = logging.getLogger(__name__)

MEASUREMENT = "pipeline"


class ProgressListener(StreamingQueryListener):
    """Writes the figures of each batch; a failure to do so is logged and never disturbs the query."""

    def __init__(self, influxdb: settings.InfluxDB) -> None:
        self._bucket = influxdb.monitoring_bucket
        self._api = open_client(influxdb).write_api(write_options=SYNCHRONOUS)

    def onQueryStarted(self, event: QueryStartedEvent) -> None:
        log.info(facts("query_started", query=event.name, run=event.runId))

    def onQueryProgress(self, event: QueryProgressEvent) -> None:
        try:
            figures = batch_figures(event.progress)
            log.info(facts("batch", query=event.progress.name, batch=event.progress.batchId, **figures))
            self._api.write(bucket=self._bucket, record=points(event.progress, figures))
        except Exception as error:
            log.warning(facts("figures_not_written", error=repr(error)))

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        pass

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        log.info(facts("query_ended", run=event.runId, error=event.exception or "none"))


def points(progress: Any, figures: dict[str, float]) -> list[Point]:
    """One point with the figures of the batch, one a partition with its lag, one a reason with its dead letters."""

    def point() -> Point:
        return Point(MEASUREMENT).tag("query", progress.name).tag("component", "spark_app")

    batch = point()
    for name, value in figures.items():
        batch.field(name, float(value))
    lags = [
        point().tag("partition", number).field("partition_lag", float(lag))
        for number, lag in partition_lags(progress).items()
    ]
    letters = [
        point().tag("reason", reason).field("rejected", float(count))
        for reason, count in rejected_by_reason(progress).items()
    ]
    return [batch, *lags, *letters]


def batch_figures(progress: Any) -> dict[str, float]:
    """Rows in, points written, dead letters, rows per second, milliseconds of the batch, lag in records, latency.

    Latency is from Kafka's time of a record to the end of its batch, when its point can be read: 50, 95 and 99 % of
    the records took no longer; only batches with records have it.
    """
    written = progress.observedMetrics.get(FIGURES)
    figures = {
        "rows": progress.numInputRows,
        "points": written["points"] if written else 0,
        "dead_letters": written["dead_letters"] if written else 0,
        "rows_per_second": progress.processedRowsPerSecond or 0.0,
        "batch_ms": progress.durationMs.get("triggerExecution", 0),
    }
    if lags := partition_lags(progress):
        figures["lag"] = sum(lags.values())
    if written and written["sent_ms"]:
        began = datetime.fromisoformat(progress.timestamp).timestamp() * 1000
        ended = began + figures["batch_ms"]
        for percent, sent in zip((50, 95, 99), written["sent_ms"], strict=True):
            figures[f"latency_p{percent}_ms"] = round(ended - sent)
    return figures


def rejected_by_reason(progress: Any) -> dict[str, int]:
    """Reason → dead letters of the batch; reasons without any are left out."""
    written = progress.observedMetrics.get(FIGURES)
    figures = written.asDict() if written else {}
    return {name.removeprefix(REASON): count for name, count in figures.items() if name.startswith(REASON) and count}


def partition_lags(progress: Any) -> dict[str, int]:
    """Partition → records that lay behind the batch when it began; a batch that Spark repeats knows no latest ones."""
    lags: dict[str, int] = {}
    for source in progress.sources:
        read, latest = _offsets(source.endOffset), _offsets(source.latestOffset)
        for topic, partitions in latest.items():
            for partition, offset in partitions.items():
                lags[partition] = lags.get(partition, 0) + max(0, offset - read.get(topic, {}).get(partition, 0))
    return lags


def _offsets(text: Any) -> dict[str, dict[str, int]]:
    """Topic → partition → offset; empty where Spark gives something else than its JSON ("None" for none)."""
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
