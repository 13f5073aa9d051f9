"""The Flux of what is known of days: statistics of stations, predictions and what came."""

from __future__ import annotations

from grafana.panels.flux import COLUMNS, readings
from weather.daily import FORECAST, STATISTICS

COMING = "date.add(d: 2d, to: v.timeRangeStop)"
"""The end of the day that comes after the time range, in any time zone."""
BY_DAY = f'  |> group()\n  |> pivot(rowKey: ["_time", "station"], {COLUMNS})'


def statistics(*names: str) -> str:
    """The pipeline of these fields of the statistics, of every station."""
    return readings(*names, every_station=True, measurement=f'"{STATISTICS}"')


def forecasts(*names: str) -> str:
    """The pipeline of these fields of the predictions, of every station."""
    return readings(*names, every_station=True, measurement=f'"{FORECAST}"')


def newest_forecasts(*names: str) -> str:
    """The same, and those of the coming day, which lies after the time range. Needs `import "date"`."""
    return readings(*names, every_station=True, until=COMING, measurement=f'"{FORECAST}"')


def compared(*names: str) -> str:
    """A row for each predicted day that has come, and from which the model had not learned."""
    fields = ("predicted", "observed", "unseen", *names)
    return (
        f"{forecasts(*fields)}\n{BY_DAY}\n"
        "  |> filter(fn: (r) => exists r.predicted and exists r.observed and exists r.unseen)\n"
        "  |> filter(fn: (r) => r.unseen == 1.0)"
    )


def right(column: str) -> str:
    """1.0 where a column says what was observed, 0.0 elsewhere."""
    return f"if r.{column} == r.observed then 1.0 else 0.0"
