"""Everything that the job `uscrn` remembers of its stations, and what each batch of readings adds. Pure.

What is found of an hour depends on the readings and their order in the topic alone: not on batches, on how many
workers there are, or on the order of stations. So a batch that Spark repeats finds the same again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from spark_app.hottest_station import Hottest, HottestStation
from spark_app.hourly_means import Hour, HourlyMeans
from spark_app.outliers import LIMIT, MISSING_KIND, Judge
from spark_app.time_order import Reading, TimeOrder
from weather.source_settings import UscrnJob

FOR_EVER = 2**40
"""The minute that a station which has ended has passed."""


class Station:
    """One station's readings in order, judged, hour by hour."""

    def __init__(self, options: UscrnJob, state: dict[str, Any] | None = None) -> None:
        state = state or {"order": None, "judge": None, "hour": None, "ended": False}
        self._order = TimeOrder(options.lateness_minutes, state["order"])
        self._judge = Judge(options, state["judge"])
        self._means = HourlyMeans(state["hour"])
        self._ended = state["ended"]

    @property
    def passed(self) -> int | None:
        """The minute before which nothing comes any more."""
        return FOR_EVER if self._ended else self._order.passed

    def take(self, reading: Reading, is_last: bool) -> str:
        """Keep a reading; why it is left out, or ""."""
        problem = self._order.take(reading)
        self._ended = is_last or (self._ended and bool(problem))
        if is_last:
            self._order.end()
        return problem

    def found(self) -> Iterator[tuple[Reading, str] | Hour]:
        """What is certain by now: outliers with their kinds, and hours that are complete."""
        for reading in self._order.given():
            kind = self._judge.kind(reading)
            if kind:
                yield reading, kind
            if kind not in (MISSING_KIND, LIMIT) and (hour := self._means.add(reading)):
                yield hour
        if self._order.passed is not None and (hour := self._means.close_before(self._order.passed)):
            yield hour

    def state(self) -> dict[str, Any]:
        """All of this as plain JSON values."""
        parts = {"order": self._order.state(), "judge": self._judge.state(), "hour": self._means.state()}
        return parts | {"ended": self._ended}


class Stations:
    """The stations of one topic, or one of them; `text` is what an earlier batch left behind."""

    def __init__(self, options: UscrnJob, text: str = "") -> None:
        state = json.loads(text) if text else {"stations": {}, "expected": [], "hottest": None}
        self._options = options
        self._stations = {int(number): Station(options, part) for number, part in state["stations"].items()}
        self._expected: list[int] = state["expected"]
        self._hottest = HottestStation(state["hottest"])

    def expect(self, stations: str) -> None:
        """The stations of this stream, numbers separated by spaces."""
        self._expected = [int(number) for number in stations.split()]

    def take(self, station: int, reading: Reading, is_last: bool) -> str:
        """Keep a reading of a station; why it is left out, or ""."""
        if station not in self._stations:
            self._stations[station] = Station(self._options)
        return self._stations[station].take(reading, is_last)

    def found(self) -> Iterator[tuple[int, tuple[Reading, str] | Hour]]:
        """What is certain by now, of each station."""
        for number, station in sorted(self._stations.items()):
            for thing in station.found():
                if isinstance(thing, Hour):
                    self._hottest.add(number, thing)
                yield number, thing

    def hottest(self) -> list[Hottest]:
        """The hours that all stations have passed, each with its hottest one; to be asked after `found`."""
        compared = self._expected or list(self._stations)
        return self._hottest.told(
            [self._stations[number].passed if number in self._stations else None for number in compared]
        )

    def text(self) -> str:
        """All of this, for the next batch."""
        stations = {number: station.state() for number, station in self._stations.items()}
        return json.dumps({"stations": stations, "expected": self._expected, "hottest": self._hottest.state()})
