"""Flux for metrics of the pipeline itself: measurement `pipeline`, and the Prometheus metrics that InfluxDB scrapes."""

from __future__ import annotations

from grafana.panels.flux import ALL_TOGETHER, AT_WINDOW_START, windowed

PIPELINE = "pipeline"
"""InfluxDB measurement of the metrics of each micro-batch."""


def batches(field: str) -> str:
    """A metric of Spark's micro-batches."""
    return figure(PIPELINE, field)


def lag_of_all() -> str:
    newest = '  |> group(columns: ["query"])\n  |> last()\n  |> group()\n  |> sum()\n  |> keep(columns: ["_value"])'
    return f"{batches('lag')}\n{newest}"


def by_query(name: str) -> str:
    """The steps that make one series per Spark query, named `name` and the query."""
    return (
        f'  |> map(fn: (r) => ({{_time: r._time, _value: r._value, _field: "{name} " + r.query}}))\n'
        '  |> group(columns: ["_field"])'
    )


def scraped(metric: str, field: str = "gauge") -> str:
    """A Prometheus metric of the streamer or of InfluxDB."""
    return figure(metric, field)


def figure(measurement: str, field: str) -> str:
    return (
        "from(bucket: v.defaultBucket)\n"
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f'  |> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "{field}")'
    )


def as_series(name: str, *, label: str = "") -> str:
    """The steps that name a series and keep only its time, value and name, and one label."""
    kept = ", ".join(f'"{column}"' for column in ("_time", "_value", "_field", *([label] if label else [])))
    columns = ", ".join(f'"{column}"' for column in ("_field", *([label] if label else [])))
    return f'  |> set(key: "_field", value: "{name}")\n  |> keep(columns: [{kept}])\n  |> group(columns: [{columns}])'


def per_second(counter: str) -> str:
    """The growth of a counter per second. A restart does not make it negative."""
    return f"{counter}\n  |> derivative(unit: 1s, nonNegative: true)"


def spark_memory(whose: str) -> str:
    """The sum of the resident memory of Spark's processes (one series each) that meet the Flux condition `whose`."""
    metric = "metrics_executor_ProcessTree{}RSSMemory_bytes"
    names = " or ".join(f'r._measurement == "{metric.format(part)}"' for part in ("JVM", "Python"))
    return (
        "from(bucket: v.defaultBucket)\n"
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f'  |> filter(fn: (r) => ({names}) and r._field == "value")\n'
        f"  |> filter(fn: (r) => {whose})\n"
        f"{windowed('mean')}\n{ALL_TOGETHER}\n  |> sum()\n{AT_WINDOW_START}"
    )
