"""The state of the job `uscrn` for its stations, and what each batch of readings adds to it. Pure.

The results of an hour depend only on the readings and their order in the topic: not on batches, on the number of
executors, or on the order of stations. So a repeated batch has the same results.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from spark_app.uscrn.hottest_station import Hottest, HottestStation
from spark_app.uscrn.hourly_means import Hour, HourlyMeans
from spark_app.uscrn.outliers import LIMIT, MISSING_KIND, OutlierDetector
from spark_app.uscrn.reorder_buffer import Reading, ReorderBuffer
from weather.settings.sources import UscrnJob

END_OF_TIME = 2**40
"""Watermark of a station whose stream has ended: no reading follows."""


class Station:
    """One station: its readings in time order, their outliers, and its hourly means."""

    def __init__(self, options: UscrnJob, state: dict[str, Any] | None = None) -> None:
        state = state or {"order": None, "judge": None, "hour": None, "ended": False}
        self._order = ReorderBuffer(options.lateness_minutes, state["order"])
        self._outliers = OutlierDetector(options, state["judge"])
        self._means = HourlyMeans(state["hour"])
        self._ended = state["ended"]

    @property
    def watermark(self) -> int | None:
        """The minute before which no reading is accepted any more."""
        return END_OF_TIME if self._ended else self._order.watermark

    def take(self, reading: Reading) -> str:
        """Add a reading. Return why it is left out, or ""."""
        return self._order.take(reading)

    def end(self) -> None:
        """End the station's stream: no reading follows."""
        self._order.end()
        self._ended = True

    def begin(self) -> None:
        """Begin another stream, in which the station may continue."""
        self._ended = False

    def found(self) -> Iterator[tuple[Reading, str] | Hour]:
        """Results that no later reading can change: outliers with their kinds, and complete hours."""
        for reading in self._order.pop_ready():
            kind = self._outliers.kind(reading)
            if kind:
                yield reading, kind
            if kind not in (MISSING_KIND, LIMIT) and (hour := self._means.add(reading)):
                yield hour
        if self._order.watermark is not None and (hour := self._means.close_before(self._order.watermark)):
            yield hour

    def state(self) -> dict[str, Any]:
        """The state as JSON values."""
        parts = {"order": self._order.state(), "judge": self._outliers.state(), "hour": self._means.state()}
        return parts | {"ended": self._ended}


class Stations:
    """The stations of one topic, or one of them. `text` is the JSON state that the previous batch left, "" at first."""

    def __init__(self, options: UscrnJob, text: str = "") -> None:
        state = json.loads(text) if text else {"stations": {}, "expected": [], "stream": "", "hottest": None}
        self._options = options
        self._stations = {int(number): Station(options, part) for number, part in state["stations"].items()}
        self._expected: list[int] = state["expected"]
        self._stream: str = state["stream"]
        self._hottest = HottestStation(state["hottest"])

    def expect(self, stations: str, stream: str) -> None:
        """Set the stations of this stream, numbers separated by spaces. In another stream no station has ended yet."""
        self._expected = [int(number) for number in stations.split()]
        if stream != self._stream:
            self._stream = stream
            for station in self._stations.values():
                station.begin()

    def take(self, station: int, reading: Reading) -> str:
        """Add a reading of a station. Return why it is left out, or ""."""
        return self._of(station).take(reading)

    def end(self, station: int) -> None:
        """End the stream of a station: none of its readings follow."""
        self._of(station).end()

    def _of(self, station: int) -> Station:
        if station not in self._stations:
            self._stations[station] = Station(self._options)
        return self._stations[station]

    def found(self) -> Iterator[tuple[int, tuple[Reading, str] | Hour]]:
        """Results of each station that no later reading can change."""
        for number, station in sorted(self._stations.items()):
            for thing in station.found():
                if isinstance(thing, Hour):
                    self._hottest.add(number, thing)
                yield number, thing

    def hottest(self) -> list[Hottest]:
        """The hottest station of each hour that the watermarks of all stations have passed. Call it after `found`."""
        compared = self._expected or list(self._stations)
        return self._hottest.pop_complete(
            [self._stations[number].watermark if number in self._stations else None for number in compared]
        )

    def to_json(self) -> str:
        """The whole state as JSON text, for the next batch."""
        stations = {number: station.state() for number, station in self._stations.items()}
        of_stream = {"expected": self._expected, "stream": self._stream}
        return json.dumps({"stations": stations, **of_stream, "hottest": self._hottest.state()})
