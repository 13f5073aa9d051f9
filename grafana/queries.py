"""The queries of built dashboards and alert rules, with the values that Grafana fills in before it sends them.

The tests use it to run every panel and rule against a real InfluxDB, without a Grafana server. Grafana replaces a
dashboard's `${name:format}` in the browser. Its InfluxDB backend then replaces `v.…` as text, and nothing else. The
backend reads a table with `_time` and `_value` as a series, and the other columns as labels.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NUMBER = "station_id"
_NAMING = ("station", "quantity", "sector")
"""Columns that identify a row."""

_VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
_SETTING = re.compile(r"[a-zA-Z]+\.(timeRangeStart|timeRangeStop|windowPeriod|defaultBucket|organization)\b")
_LEFT_BEHIND = re.compile(r"\bv\.\w+|\$[\w${]\S*")
"""What Grafana does not replace in a query: an unknown `v.…`, an environment variable, a doubled dollar sign."""
_SPECIAL = re.compile(r"[\\^$*+?.()|\[\]{}/]")


@dataclass(frozen=True)
class Query:
    """One Flux query: of a panel (its type and title), or of a `variable` or an `annotation` (its name)."""

    dashboard: str
    kind: str
    owner: str
    ref_id: str
    flux: str


class AllValue(str):
    """The value of a variable's choice "All". It is inserted as it is, never escaped."""


class Single(str):
    """The value of a variable that takes only one value. `${name}` inserts it as it is."""


def load(folder: Path) -> dict[str, dict[str, Any]]:
    """File name → dashboard, for every JSON file in a folder."""
    return {path.name: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel that shows data, including those in collapsed rows."""
    return (panel for panel in all_panels(dashboard) if panel["type"] != "text")


def all_panels(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every panel except the rows themselves, including text panels."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def variables(dashboard: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every variable that a query fills."""
    return (variable for variable in dashboard["templating"]["list"] if variable["type"] == "query")


def collect(dashboard: Mapping[str, Any]) -> list[Query]:
    """Every query of a dashboard's panels, variables and annotations."""
    uid = dashboard["uid"]
    found = [
        Query(uid, panel["type"], panel["title"], target["refId"], target["query"])
        for panel in panels(dashboard)
        for target in panel["targets"]
    ]
    found += [Query(uid, "variable", item["name"], "", item["query"]) for item in variables(dashboard)]
    events = dashboard["annotations"]["list"]
    return found + [Query(uid, "annotation", event["name"], "", event["target"]["query"]) for event in events]


def owners(dashboard: Mapping[str, Any]) -> set[str]:
    """The panels, variables and annotations of a dashboard that have queries, by title or name."""
    return {query.owner for query in collect(dashboard)}


def interpolate(
    query: str,
    *,
    start: datetime,
    stop: datetime,
    window: timedelta,
    bucket: str,
    variables: Mapping[str, str | Sequence[str]],
    organization: str = "",
) -> str:
    """The Flux that Grafana would send. Raise ValueError for a placeholder that Grafana would not replace correctly."""

    def chosen(match: re.Match[str]) -> str:
        name, form = match.groups()
        if name not in variables:
            raise ValueError(f"{match.group()} is not a known variable; known: {', '.join(variables) or 'none'}")
        value = variables[name]
        if isinstance(value, Single) and form is None:
            return value
        if form != "regex":
            raise ValueError(f"{match.group()} must be written as ${{{name}:regex}}: it may have several values")
        return _regex(value)

    settings = {
        "timeRangeStart": _rfc3339(start),
        "timeRangeStop": _rfc3339(stop),
        "windowPeriod": _go_duration(window),
        "defaultBucket": f'"{bucket}"',
        "organization": f'"{organization}"',
    }
    flux = _SETTING.sub(lambda match: settings[match.group(1)], _VARIABLE.sub(chosen, query))
    left = _LEFT_BEHIND.search(_VARIABLE.sub("", _SETTING.sub("", query)))  # a value may itself contain "$"
    if left:
        raise ValueError(f"{left.group()} is not a setting that Grafana fills in: {', '.join(settings)}")
    return flux


_NICE = (
    (450, 300), (750, 600), (1050, 900), (1500, 1200), (2700, 1800), (5400, 3600), (9000, 7200), (16200, 10800),
    (32400, 21600), (86400, 43200), (604800, 86400), (1814400, 604800), (3628800, 2592000),
)  # fmt: skip
"""Grafana's rounding of an interval, in seconds: below the first number → the second."""


def window(length: timedelta, points: int, least: str | None = None) -> timedelta:
    """`v.windowPeriod` of a panel that shows the time range `length` in `points` points; at least five minutes.

    `least` is the panel's own "Min interval" in hours, such as `1h`.
    """
    wanted = length.total_seconds() / points
    nice = next((seconds for below, seconds in _NICE if wanted < below), 31536000)
    return max(timedelta(seconds=nice), timedelta(hours=int((least or "0h").removesuffix("h"))))


def cells(kind: str, tables: Sequence[Sequence[Mapping[str, Any]]]) -> dict[tuple[Any, ...], Any]:
    """What a panel of this kind shows of a query's result. Raise ValueError if the panel could not read the result.

    A key is the station, quantity or sector of a row (in a heatmap its time), then the column; the station's number is
    left out. A value of a series has the key (station if there is one, field, time), or in a stat (station, `_value`).
    Values of a variable are their own keys. Missing values are left out.
    """
    rows = [row for table in tables for row in table]
    columns = {name for row in rows for name in row}
    if columns & {"_start", "_stop", "_measurement"}:
        raise ValueError(f"drop _start, _stop and _measurement: Grafana shows them or takes them for labels: {columns}")
    if kind not in ("timeseries", "stat", "variable") and (len(tables) > 1 or {"_time", "_value"} <= columns):
        raise ValueError(f"a {kind} reads one table that is not a series; got {len(tables)} with {columns}")
    if kind == "annotation" and rows and columns - {"result", "table"} != {"_time", "text"}:
        raise ValueError(f"an annotation reads _time and text; got {columns}")
    found: dict[tuple[Any, ...], Any] = {}
    for row in rows:
        for key, value in _cells_of_row(kind, row).items():
            if key in found:
                raise ValueError(f"the result has two values for {key}")
            found[key] = value
    return {key: value for key, value in found.items() if value is not None}


def _cells_of_row(kind: str, row: Mapping[str, Any]) -> dict[tuple[Any, ...], Any]:
    if kind == "variable":
        return {(row["_value"],): row["_value"]}
    naming = ("_time",) if kind == "heatmap" else _NAMING
    at = tuple(row[name] for name in naming if name in row)
    if kind == "timeseries":
        return {(*at, row["_field"], row["_time"]): row["_value"]}
    left_out = {"result", "table", NUMBER, *naming, *(["_time"] if kind == "stat" else [])}
    return {(*at, name): value for name, value in row.items() if name not in left_out}


def _regex(value: str | Sequence[str]) -> str:
    if isinstance(value, AllValue):
        return value
    items = [value] if isinstance(value, str) else list(value)
    escaped = [_SPECIAL.sub(r"\\\g<0>", item) for item in items]
    return escaped[0] if len(escaped) == 1 else f"({'|'.join(escaped)})"


def _rfc3339(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _go_duration(length: timedelta) -> str:
    seconds = int(length.total_seconds())
    return f"{seconds // 3600}h{seconds // 60 % 60}m{seconds % 60}s"
