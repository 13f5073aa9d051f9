"""Polls a store for the readings that it shows while they are being sent."""

from __future__ import annotations

import time
from collections.abc import Mapping

from benchmarks.write.processes import Running
from benchmarks.write.readable import Answer
from benchmarks.write.readings import IN_EVERY_READING
from benchmarks.write.servers import Store
from stack.common.steps import StepFailed, tail
from weather.reading import MEASUREMENT, TAGS

PAUSE = 0.02
NOTHING_FOR = 60.0
STATION_TAGS = ("station_id", TAGS["station_id"])
"""Names of the tag: Telegraf keeps the one of the source."""


class Prober:
    """Records every answer that shows something new, and the time between two answers."""

    def __init__(self, store: Store, since: int) -> None:
        self._store = store
        self._since = since
        self.answers: list[Answer] = [Answer(time.time(), {})]
        self.gaps: list[float] = []

    def ask_until(self, expected: Mapping[str, int], sender: Running) -> None:
        """Poll until each station shows its expected time. Raise StepFailed if nothing new appears for a minute."""
        while not self._shows(expected):
            if sender.status not in (None, 0):
                raise StepFailed(f"sending failed:\n{tail(sender.log)}")
            before = time.time()
            self._ask(len(expected))
            now = time.time()
            self.gaps.append(now - before + PAUSE)
            if now - self.answers[-1].at > NOTHING_FOR:
                logs = "".join(f"\n{log.name}:\n{tail(log)}" for log in self._store.process.log.parent.glob("*.log"))
                raise StepFailed(f"queries showed no new reading for {NOTHING_FOR:g} s; the logs end with:{logs}")
            time.sleep(PAUSE)

    def _ask(self, stations: int) -> None:
        where = f"WHERE time >= {self._since}s GROUP BY *"
        series = self._store.query(f'SELECT last("{IN_EVERY_READING}") FROM "{MEASUREMENT}" {where}')
        latest = {_station(one["tags"]): int(one["values"][0][0]) for one in series}
        if latest != self.answers[-1].latest:
            self.answers.append(Answer(time.time(), latest))
        if len(latest) >= stations:
            self._since = min(latest.values())  # older shards need not be read

    def _shows(self, expected: Mapping[str, int]) -> bool:
        latest = self.answers[-1].latest
        return all(latest.get(station, -1) >= time for station, time in expected.items())


def _station(tags: Mapping[str, str]) -> str:
    return next(tags[name] for name in STATION_TAGS if name in tags)
