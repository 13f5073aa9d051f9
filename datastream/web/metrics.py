"""The streamer's metrics in Prometheus format, read from the streamer at each scrape."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from datastream.replay.streamer import Streamer
from weather.errors import Unavailable

COUNTERS = {
    "rows_sent": "Rows that Kafka has confirmed",
    "rows_failed": "Deliveries that failed and were retried",
    "rows_skipped": "Rows left out: without any measurement, or of other days than USCRN_DATE",
    "rows_rejected": "Invalid rows of the source",
    "rows_repaired": "Valid rows with long runs of spaces",
    "rows_late": "Rows of a table that were committed after rows with higher ids",
    "rows_rolled_back": "Ids of a table for which no row was committed in time",
    "dead_letters": "Records sent to the dead-letter topic",
    "values_doubtful": "Values left out because their quality code is 2 (doubtful)",
}
GAUGES = {
    "rows_waiting": "Rows that wait to be sent again",
    "time_delta": "Requested seconds between two rows",
    "rate": "Rows per second over the last five seconds",
    "position": "Rows of the current replay that were sent",
    "stations": "Stations seen since the start",
}


class StreamerCollector(Collector):
    """Exports the values of `Streamer.status` in COUNTERS and GAUGES as metrics named `datastream_<value>`."""

    def __init__(self, streamer: Streamer, check_kafka: Callable[[], None], free_disk: Callable[[], float]) -> None:
        self._streamer = streamer
        self._check_kafka = check_kafka
        self._free_disk = free_disk

    def collect(self) -> Iterator[Metric]:
        status: dict[str, Any] = self._streamer.status()
        for name, meaning in COUNTERS.items():
            yield CounterMetricFamily(f"datastream_{name}", meaning, value=status[name])
        for name, meaning in GAUGES.items():
            yield GaugeMetricFamily(f"datastream_{name}", meaning, value=status[name])
        yield GaugeMetricFamily(
            "datastream_running", "1 while rows are sent", value=float(status["state"] == "running")
        )
        yield from _live(status)
        yield GaugeMetricFamily("datastream_kafka_answers", "1 while Kafka answers", value=float(self._kafka_answers()))
        yield GaugeMetricFamily("datastream_disk_free_ratio", "Free share of the stack's disk", value=self._free_disk())

    def _kafka_answers(self) -> bool:
        try:
            self._check_kafka()
        except Unavailable:
            return False
        return True


def _live(status: dict[str, Any]) -> Iterator[Metric]:
    """How late a source is that is followed, once its history is sent."""
    if status["live"] and status["changed_at"] is not None:
        unchanged = max(0.0, time.time() - status["changed_at"])
        yield GaugeMetricFamily("datastream_source_unchanged_seconds", "Seconds since the last new row", unchanged)
    if status["live"] and status["late_seconds"] is not None:
        yield GaugeMetricFamily(
            "datastream_late_seconds", "Age of the newest row that was sent", status["late_seconds"]
        )


def free_disk(folder: Path) -> float:
    """The free share of the disk that holds `folder`, or will hold it: 0 is full, 1 is empty."""
    while not folder.exists():
        folder = folder.parent
    usage = shutil.disk_usage(folder)
    return usage.free / usage.total
