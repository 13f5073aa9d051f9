"""The hottest station of each hour: the one with the highest reading. Pure.

An hour is complete when the watermark of every station of the stream has passed it, whether the station had twelve
readings in it, fewer, none, or outliers only. If stations are equally hot, the one with the lowest number wins. The
streamer names the stations of a stream; if it does not, the stations that have reported so far are compared.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from spark_app.uscrn.hourly_means import Hour


class Hottest(NamedTuple):
    """The highest reading of an hour, and its station; `hour` counts hours since 1970, in local standard time."""

    hour: int
    temperature: float
    station: int
    name_of_file: str


class HottestStation:
    """Takes the closed hours of all stations; emits each hour once."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {"best": [], "told_before": None}
        self._best = {hour: Hottest(hour, *others) for hour, *others in state["best"]}
        self._emitted_before: int | None = state["told_before"]

    def add(self, station: int, hour: Hour) -> None:
        """Compare the hour of a station with that of the others. An hour that was emitted does not change."""
        if self._emitted_before is not None and hour.hour < self._emitted_before:
            return
        new = Hottest(hour.hour, hour.highest, station, hour.name_of_file)
        old = self._best.get(hour.hour)
        if old is None or (-new.temperature, new.station) < (-old.temperature, old.station):
            self._best[hour.hour] = new

    def pop_complete(self, watermarks: list[int | None]) -> list[Hottest]:
        """Remove and return the complete hours, in order.

        `watermarks` has the watermark of each station, None for a station that has not reported yet.
        """
        known = [minute for minute in watermarks if minute is not None]
        if not self._best or not known or len(known) < len(watermarks):
            return []
        complete = sorted(hour for hour in self._best if (hour + 1) * 60 <= min(known))
        if complete:
            self._emitted_before = complete[-1] + 1
        return [self._best.pop(hour) for hour in complete]

    def state(self) -> dict[str, Any]:
        """The state as JSON values."""
        return {"best": list(self._best.values()), "told_before": self._emitted_before}
