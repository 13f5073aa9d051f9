"""What each micro-batch did: one log line, and one point of measurement `pipeline` in the monitoring bucket."""

from __future__ import annotations

import logging
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
from spark_app.meteo import FIGURES
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
            point = Point(MEASUREMENT).tag("query", event.progress.name).tag("component", "spark_app")
            for name, value in figures.items():
                point.field(name, float(value))
            self._api.write(bucket=self._bucket, record=point)
        except Exception as error:
            log.warning(facts("figures_not_written", error=repr(error)))

    def onQueryIdle(self, event: QueryIdleEvent) -> None:
        pass

    def onQueryTerminated(self, event: QueryTerminatedEvent) -> None:
        log.info(facts("query_ended", run=event.runId, error=event.exception or "none"))


def batch_figures(progress: Any) -> dict[str, float]:
    """Rows in, points written, dead letters, rows per second, milliseconds of the batch, and the lag in records."""
    written = progress.observedMetrics.get(FIGURES)
    lag = sum(
        float((source.metrics or {}).get("avgOffsetsBehindLatest") or 0.0) * _partitions(source.endOffset)
        for source in progress.sources
    )
    return {
        "rows": progress.numInputRows,
        "points": written["points"] if written else 0,
        "dead_letters": written["dead_letters"] if written else 0,
        "rows_per_second": progress.processedRowsPerSecond or 0.0,
        "batch_ms": progress.durationMs.get("triggerExecution", 0),
        "lag": lag,
    }


def _partitions(offsets: str) -> int:
    return offsets.count(":") - 1 if offsets else 0
