"""The alert rules, written as the JSON that Grafana provisions: `python -m grafana.build`.

Each rule is a Flux query that returns a few series. Grafana reduces each series to its last value and compares it with
a threshold. A rule names the data source of its bucket and reads `v.defaultBucket`, because Grafana does not replace
environment variables in a rule.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

FOLDER = "Weather"
GROUP = "pipeline"
INTERVAL = "1m"
READINGS, MONITORING = "influxdb", "monitoring"
"""Uids of the data sources. Their default buckets hold the readings and the pipeline's metrics."""
MINUTES = 60


@dataclass(frozen=True)
class Rule:
    """Fires for a series if its last value stays beyond the threshold for `lasting`.

    `summary` is a template: Grafana fills in `$labels` (of the series) and `$values.B.Value` (its last value). `window`
    is in seconds.
    """

    uid: str
    title: str
    summary: str
    description: str
    query: str
    threshold: float
    datasource: str = MONITORING
    above: bool = True
    window: int = 10 * MINUTES
    lasting: str = "0s"


def _pipeline(field: str) -> str:
    return (
        "from(bucket: v.defaultBucket)\n"
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f'  |> filter(fn: (r) => r._measurement == "pipeline" and r._field == "{field}")\n'
        '  |> group(columns: ["query"])\n'
        '  |> sort(columns: ["_time"])\n'
    )


_LATEST_OF_EACH_STATION = (
    "from(bucket: v.defaultBucket)\n"
    "  |> range(start: 0)\n"
    '  |> filter(fn: (r) => r._measurement == "meteo" and r._field == "LAT")\n'
    "  |> last()\n"
)


def _newest(measurement: str) -> str:
    """The values of a gauge of the streamer."""
    return (
        "from(bucket: v.defaultBucket)\n"
        "  |> range(start: v.timeRangeStart, stop: v.timeRangeStop)\n"
        f'  |> filter(fn: (r) => r._measurement == "{measurement}" and r._field == "gauge")\n'
        "  |> group()\n"
        '  |> sort(columns: ["_time"])\n'
        '  |> keep(columns: ["_time", "_value"])'
    )


RULES = (
    Rule(
        "station-silent",
        "Station silent",
        "{{ $labels.station }} has been silent for {{ humanizeDuration $values.B.Value }}",
        "Seconds by which a station's newest reading is older than the newest reading of all stations, in event time.",
        f"times = {_LATEST_OF_EACH_STATION}  |> group()\n"
        '  |> sort(columns: ["_time"], desc: true)\n'
        '  |> findColumn(fn: (key) => true, column: "_time")\n'
        "newest = if length(arr: times) > 0 then times[0] else now()\n\n"
        f"{_LATEST_OF_EACH_STATION}"
        '  |> group(columns: ["station_id"])\n'
        '  |> sort(columns: ["_time"])\n'
        '  |> last(column: "_time")\n'  # under the newest name
        '  |> group(columns: ["station", "station_id"])\n'
        "  |> map(fn: (r) => ({r with _value: float(v: int(v: newest) - int(v: r._time)) / 1000000000.0, "
        "_time: now()}))\n"
        '  |> keep(columns: ["_time", "_value", "station", "station_id"])',
        threshold=3.0 * 60 * MINUTES,
        datasource=READINGS,
    ),
    Rule(
        "lag-growing",
        "Lag growing",
        "The lag of query {{ $labels.query }} has grown in each of the last five minutes",
        "Smallest growth of the lag from one minute to the next, over five minutes. Above 0 it grew in each minute.",
        _pipeline("lag") + "  |> aggregateWindow(every: 1m, fn: last, createEmpty: false)\n"
        "  |> difference()\n"
        "  |> filter(fn: (r) => exists r._value)\n"
        "  |> reduce(fn: (r, accumulator) => ({n: accumulator.n + 1.0, least: if accumulator.n == 0.0 or r._value < "
        "accumulator.least then r._value else accumulator.least}), identity: {n: 0.0, least: 0.0})\n"
        "  |> filter(fn: (r) => r.n >= 4.0)\n"
        "  |> map(fn: (r) => ({_time: now(), _value: r.least, query: r.query}))",
        threshold=0.0,
        window=5 * MINUTES,
    ),
    Rule(
        "dead-letters",
        "New dead letters",
        '{{ printf "%.0f" $values.B.Value }} records of query {{ $labels.query }} '
        "went to the dead-letter topic in the last ten minutes",
        "Records sent to the dead-letter topic. `./dead-letters.sh show` prints them (docs/operations.md).",
        _pipeline("dead_letters")
        + "  |> sum()\n  |> map(fn: (r) => ({_time: now(), _value: r._value, query: r.query}))",
        threshold=0.0,
    ),
    Rule(
        "latency-high",
        "End-to-end latency high",
        "The latency (95 %) of query {{ $labels.query }} is {{ humanizeDuration $values.B.Value }}",
        "Median of the 95th percentiles of ten minutes: seconds from Kafka's time of a record to its point.",
        _pipeline("latency_p95_ms") + "  |> median()\n"
        "  |> map(fn: (r) => ({_time: now(), _value: r._value / 1000.0, query: r.query}))",
        threshold=30.0,
        lasting="2m",
    ),
    Rule(
        "disk-low",
        "Low disk space",
        "{{ humanizePercentage $values.B.Value }} of the stack's disk is free",
        "Free share of the disk that holds the stack, as the streamer reports it.",
        _newest("datastream_disk_free_ratio"),
        threshold=0.1,
        above=False,
    ),
    Rule(
        "source-unchanged",
        "Source not updated",
        "The source has had no new or changed row for {{ humanizeDuration $values.B.Value }}",
        "Seconds since the streamer last found a new or changed row in the files that it follows.",
        _newest("datastream_source_unchanged_seconds"),
        threshold=6.0 * 60 * MINUTES,
    ),
    Rule(
        "stream-late",
        "Stream late",
        "The newest row is {{ humanizeDuration $values.B.Value }} old",
        "Age of the newest row that was sent of a source that is followed, once its history is sent.",
        _newest("datastream_late_seconds"),
        threshold=4.0 * 60 * MINUTES,
    ),
)


def provisioned() -> dict[str, Any]:
    """The content of the provisioning file, in Grafana's format for the file provisioning of alerting, version 1."""
    rules = [_as_grafana_reads_it(rule) for rule in RULES]
    group = {"orgId": 1, "name": GROUP, "folder": FOLDER, "interval": INTERVAL, "rules": rules}
    return {"apiVersion": 1, "groups": [group]}


def render() -> str:
    """The text of the provisioning file."""
    return json.dumps(provisioned(), indent=2, ensure_ascii=False) + "\n"


def _as_grafana_reads_it(rule: Rule) -> dict[str, Any]:
    evaluator = {"type": "gt" if rule.above else "lt", "params": [rule.threshold]}
    last = {"type": "reduce", "expression": "A", "reducer": "last", "refId": "B"}
    beyond = {"type": "threshold", "expression": "B", "conditions": [{"evaluator": evaluator}], "refId": "C"}
    return {
        "uid": rule.uid,
        "title": rule.title,
        "condition": "C",
        "data": [
            {
                "refId": "A",
                "relativeTimeRange": {"from": rule.window, "to": 0},
                "datasourceUid": rule.datasource,
                "model": {"refId": "A", "query": rule.query},
            },
            *(
                {
                    "refId": expression["refId"],
                    "relativeTimeRange": {"from": 0, "to": 0},
                    "datasourceUid": "__expr__",
                    "model": expression,
                }
                for expression in (last, beyond)
            ),
        ],
        "for": rule.lasting,
        "noDataState": "OK",
        "execErrState": "Error",
        "annotations": {"summary": rule.summary, "description": rule.description},
        "labels": {"team": "weather"},
        "isPaused": False,
    }
