"""The hottest station of each hour: the one with the highest reading. Pure.

An hour is compared when every station of the stream has passed it, however many readings it had in it: twelve, fewer,
none, or outliers only. Of stations that are equally hot the one with the lowest number is told. The stations of a
stream are told by the streamer; where nobody tells, those that have been heard so far are.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from spark_app.uscrn.hourly_means import Hour


class Hottest(NamedTuple):
    """The highest reading of an hour, and whose it is; `hour` counts hours since 1970, in local standard time."""

    hour: int
    temperature: float
    station: int
    name_of_file: str


class HottestStation:
    """Takes the closed hours of all stations; tells each hour once."""

    def __init__(self, state: dict[str, Any] | None = None) -> None:
        state = state or {"best": [], "told_before": None}
        self._best = {hour: Hottest(hour, *others) for hour, *others in state["best"]}
        self._told_before: int | None = state["told_before"]

    def add(self, station: int, hour: Hour) -> None:
        """Compare the hour of a station with what is known of the others'. An hour that was told stays as it was."""
        if self._told_before is not None and hour.hour < self._told_before:
            return
        new = Hottest(hour.hour, hour.highest, station, hour.name_of_file)
        old = self._best.get(hour.hour)
        if old is None or (-new.temperature, new.station) < (-old.temperature, old.station):
            self._best[hour.hour] = new

    def told(self, passed: list[int | None]) -> list[Hottest]:
        """The hours that all stations have passed, in order. `passed`: of each station the minute it has passed,
        None for one that has not been heard yet."""
        known = [minute for minute in passed if minute is not None]
        if not self._best or not known or len(known) < len(passed):
            return []
        complete = sorted(hour for hour in self._best if (hour + 1) * 60 <= min(known))
        if complete:
            self._told_before = complete[-1] + 1
        return [self._best.pop(hour) for hour in complete]

    def state(self) -> dict[str, Any]:
        """All of this as plain JSON values."""
        return {"best": list(self._best.values()), "told_before": self._told_before}
