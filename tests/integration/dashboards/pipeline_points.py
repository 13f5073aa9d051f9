"""Ten minutes of known figures, as Spark and the scrapers write them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from influxdb_client import Point

STEP = timedelta(seconds=10)
STEPS = 60
LAST = STEPS - 1


def now() -> datetime:
    """The present, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


class At:
    """The points of steps of ten seconds, the last of which ends at `end`."""

    def __init__(self, end: datetime) -> None:
        self._first = end - timedelta(seconds=end.second % 10) - STEPS * STEP

    def pipeline(self, step: int, query: str = "meteo", **figures: float) -> Point:
        point = Point("pipeline").tag("query", query).tag("component", "spark_app").time(self._first + step * STEP)
        for name, value in figures.items():
            point.field(name, float(value))
        return point

    def metric(self, step: int, name: str, field: str, value: float, **tags: str) -> Point:
        point = Point(name).field(field, float(value)).time(self._first + step * STEP)
        for tag, text in tags.items():
            point.tag(tag, text)
        return point


def points(end: datetime) -> Iterator[Point]:
    """What Spark and the scrapers write in the ten minutes before `end`; 200 rows every ten seconds."""
    pipeline, metric = At(end).pipeline, At(end).metric
    for n in range(STEPS):
        latency: dict[str, Any] = {"latency_p50_ms": 500, "latency_p95_ms": 900 + n, "latency_p99_ms": 1500}
        yield pipeline(
            n, rows=200, points=190, dead_letters=3 if n == 5 else 0, batch_ms=1000 + n, lag=3 * n, **latency
        )
        yield pipeline(n, "stats", rows=50, points=40, lag=7, batch_ms=400)
        yield pipeline(n, "stats", partition_lag=0).tag("partition", "0")
        yield pipeline(n, write_requests=4, write_retries=n % 2)
        for partition in (0, 1):
            yield pipeline(n, partition_lag=n * (partition + 1)).tag("partition", str(partition))
        for name, value in {"rate": 20 + n, "rows_waiting": 4, "disk_free_ratio": 0.5}.items():
            yield metric(n, f"datastream_{name}", "gauge", value, url="http://streamer")
        totals = {"sent": 200 * n, "rejected": 7, "failed": n, "skipped": 37}
        for name, value in totals.items():
            yield metric(n, f"datastream_rows_{name}_total", "counter", value, url="http://streamer")
        yield metric(n, "datastream_values_doubtful_total", "counter", 2)
        yield metric(n, "go_memstats_sys_bytes", "gauge", 90e6)
        yield metric(n, "datastream_process_resident_memory_bytes", "gauge", 50e6)
        for executor, jvm, python in (("driver", 300e6, 100e6), ("0", 200e6, 50e6), ("1", 400e6, 30e6)):
            for part, value in {"JVM": jvm, "Python": python}.items():
                name = f"metrics_executor_ProcessTree{part}RSSMemory_bytes"
                yield metric(n, name, "value", value, executor_id=executor)
        if n < LAST - 10:
            yield metric(n, "datastream_kafka_answers", "gauge", 1)
    yield pipeline(5, rejected=2).tag("reason", "no measurement")
    yield pipeline(5, rejected=1).tag("reason", "the message is empty")
    for n, query, words in ((1, "meteo", "none"), (2, "stats", "no disk"), (3, "daily", "x"), (4, "daily", "none")):
        yield pipeline(n, query).field("problem", words)
