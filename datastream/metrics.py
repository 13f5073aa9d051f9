"""The streamer's figures in Prometheus' format, read from the streamer when they are asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from datastream.streamer import Streamer

COUNTERS = {
    "rows_sent": "Rows that Kafka has confirmed",
    "rows_failed": "Deliveries that failed and were tried again",
    "rows_skipped": "Rows of the file without any measurement",
    "rows_rejected": "Rows of the file that could not be read",
    "dead_letters": "Records sent to the dead-letter topic",
    "values_doubtful": "Values left out because their quality code is 2 (doubtful)",
}
GAUGES = {
    "rows_waiting": "Rows that wait to be sent again",
    "time_delta": "Seconds between two rows that are asked for",
    "rate": "Rows per second over the last five seconds",
    "position": "Rows of the current replay that were sent",
    "stations": "Stations seen since the start",
}


class StreamerCollector(Collector):
    """Makes each figure of `Streamer.status` a metric named `datastream_<figure>`."""

    def __init__(self, streamer: Streamer) -> None:
        self._streamer = streamer

    def collect(self) -> Iterator[Metric]:
        status: dict[str, Any] = self._streamer.status()
        for name, meaning in COUNTERS.items():
            yield CounterMetricFamily(f"datastream_{name}", meaning, value=status[name])
        for name, meaning in GAUGES.items():
            yield GaugeMetricFamily(f"datastream_{name}", meaning, value=status[name])
        yield GaugeMetricFamily(
            "datastream_running", "1 while rows are sent", value=float(status["state"] == "running")
        )
