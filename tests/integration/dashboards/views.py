"""What a dashboard should show of the shipped month, in terms of pandas: the view of a choice, and common meanings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Any

import pandas as pd

from grafana import queries
from testing.environment import ROOT
from weather.reading import PLACE, STATION_ID, STATION_NAME

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"

Cells = dict[tuple[Any, ...], Any]
"""What a panel shows: (column,), (station, column) or (station, field, time) → value; see queries.cells."""


@dataclass(frozen=True)
class Choice:
    """What the viewer chose: a time range, stations (None is all), a map's quantity, and the window Grafana derives."""

    start: str
    days: int
    window: timedelta
    stations: tuple[str, ...] | None = None
    quantity: str = "Temperature"

    @property
    def since(self) -> pd.Timestamp:
        return pd.Timestamp(self.start, tz="UTC")

    @property
    def until(self) -> pd.Timestamp:
        return self.since + timedelta(days=self.days)

    def flux(self, query: str, bucket: str) -> str:
        """The query as Grafana would send it for this choice."""
        start, stop = self.since.to_pydatetime(), self.until.to_pydatetime()
        chosen = {
            "station": queries.AllValue(".*") if self.stations is None else [number_of(name) for name in self.stations],
            "quantity": queries.Single(self.quantity),
        }
        return queries.interpolate(query, start=start, stop=stop, window=self.window, bucket=bucket, variables=chosen)


class View:
    """The readings behind a choice: of the chosen stations, and of every station."""

    def __init__(self, month: pd.DataFrame, choice: Choice) -> None:
        self.month, self.choice, self.window = month, choice, choice.window
        self.everywhere = month[(month.time >= choice.since) & (month.time < choice.until)]
        self.chosen = self.everywhere
        if choice.stations is not None:
            self.chosen = self.everywhere[self.everywhere.station.isin(choice.stations)]

    @property
    def newest(self) -> pd.Timestamp:
        """The newest hour of any station; not a time where there is none."""
        return pd.Timestamp(self.everywhere.time.max())


@cache
def numbers() -> dict[str, str]:
    """Name → number of the stations of the shipped month."""
    rows = pd.read_csv(SHIPPED, sep=";", usecols=[STATION_NAME, STATION_ID], dtype=str).drop_duplicates()
    return dict(zip(rows[STATION_NAME], rows[STATION_ID], strict=True))


def number_of(name: str) -> str:
    """The number of a station, or the name itself if there is no such station."""
    return numbers().get(name, name)


Meaning = Callable[[View], Cells]


def table(rows: pd.DataFrame) -> Cells:
    """The cells of a frame indexed by station."""
    rows = rows.rename_axis("station")
    return {(at, name): value for at, row in rows.to_dict("index").items() for name, value in row.items()}


def single_row(columns: Mapping[str, Any]) -> Cells:
    return {(name,): value for name, value in columns.items()}


def count(of: Callable[[pd.DataFrame], int]) -> Meaning:
    """A whole number, or nothing at all where there is nothing to count."""
    return lambda view: single_row({"_value": of(view.chosen) or None})


def on_map(name: str, function: str, *, only_measuring: bool) -> Meaning:
    """Each station's place and its own value of one field, whatever stations are chosen."""

    def meaning(view: View) -> Cells:
        groups = view.everywhere.sort_values("time").groupby("station")
        places = groups[[field.name for field in PLACE]].last().assign(**{name: groups[name].agg(function)})
        return table(places.dropna(subset=[name]) if only_measuring else places)

    return meaning


def both(*meanings: Meaning) -> Meaning:
    """The cells of several queries of one panel."""
    return lambda view: {key: value for meaning in meanings for key, value in meaning(view).items()}


def trend(**functions: str) -> Meaning:
    """Each station's windows of some fields, each window standing at its start."""

    def meaning(view: View) -> Cells:
        by = ["station", view.chosen.time.dt.floor(view.window)]
        series = {name: view.chosen.groupby(by)[name] for name in functions}
        values = {name: series[name].agg(function) for name, function in functions.items()}
        kept = {name: values[name][series[name].count() > 0] for name in functions}
        rows = ((name, *row) for name in kept for row in kept[name].reset_index().itertuples(index=False, name=None))
        return {(station, name, time): value for name, station, time, value in rows}

    return meaning


def station_names(view: View) -> Cells:
    """The choices of the variable: each station's name and number."""
    stations = view.everywhere[["station", "station_id"]].drop_duplicates()
    return single_row({text: text for text in stations.station + "\t" + stations.station_id})


def newest_reading(view: View) -> Cells:
    """The annotation that stands at the newest hour."""
    text = "Newest reading of all stations"
    return {} if pd.isna(view.newest) else single_row({"_time": view.newest, "text": text})
