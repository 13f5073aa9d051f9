"""Flux for daily data: statistics of stations, predictions and observations."""

from __future__ import annotations

from grafana.panels.flux import COLUMNS, readings
from weather.daily import FORECAST, STATISTICS

COMING = "date.add(d: 2d, to: v.timeRangeStop)"
"""The end of the day after the time range, in any time zone."""
BY_DAY = f'  |> group()\n  |> pivot(rowKey: ["_time", "station_id"], {COLUMNS})'


def statistics(*names: str) -> str:
    """The Flux pipeline of these fields of the statistics, for every station."""
    return readings(*names, every_station=True, measurement=f'"{STATISTICS}"')


def forecasts(*names: str) -> str:
    """The Flux pipeline of these fields of the predictions, for every station."""
    return readings(*names, every_station=True, measurement=f'"{FORECAST}"')


def newest_forecasts(*names: str) -> str:
    """The same, including the coming day, which lies after the time range. Needs `import "date"`."""
    return readings(*names, every_station=True, until=COMING, measurement=f'"{FORECAST}"')


def compared(*names: str) -> str:
    """One row per predicted day that has been observed and that the model had not learned from."""
    fields = ("predicted", "observed", "unseen", *names)
    return (
        f"{forecasts(*fields)}\n{BY_DAY}\n"
        "  |> filter(fn: (r) => exists r.predicted and exists r.observed and exists r.unseen)\n"
        "  |> filter(fn: (r) => r.unseen == 1.0)"
    )


def right(column: str) -> str:
    """Flux that gives 1.0 if the column equals the observation, else 0.0."""
    return f"if r.{column} == r.observed then 1.0 else 0.0"
