"""What was done with dead letters: records of a compacted topic, because Kafka's records cannot be changed.

Keys and values (JSON):

| key | value |
| --- | --- |
| id of a dead letter | `state`: `replayed` or `dropped`, `origin` of the record, `at` |
| `run/<number>` | a replay: `topics` (name → id, and partition → end before the replay), `state`: `begun` or `ended` |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from consumers.dead_letters.letters import Letter
from consumers.kafka.topic_log import Appender, Cluster

TOPIC = "dead-letters.marks"
OPEN, REPLAYED, DROPPED, REPEATED = "open", "replayed", "dropped", "repeated"
_RUN = "run/"


class Marks:
    """The marks in the topic, read once; `put` and `begin` also append to it."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._states: dict[str, str] = {}
        self._origins: dict[str, str] = {}
        self._runs: dict[str, dict[str, Any]] = {}
        if (topic := cluster.topic(TOPIC)) is not None:
            for record in cluster.records(topic):
                self._take((record.key or b"").decode(), json.loads(record.value or b"{}"))

    def _take(self, key: str, value: dict[str, Any]) -> None:
        if key.startswith(_RUN):
            self._runs[key] = value
        elif value:
            self._states[key] = value["state"]
            self._origins[value["origin"]] = value["state"]

    def state(self, letter: Letter) -> str:
        """OPEN, REPLAYED or DROPPED. If a record has several dead letters, each has the state of the one handled."""
        return self._states.get(letter.id) or self._origins.get(_record(letter), OPEN)

    def put(self, appender: Appender, letters: Iterable[Letter], state: str) -> None:
        """Mark dead letters. They are marked for good when the appender has confirmed."""
        for letter in letters:
            mark = {"state": state, "origin": _record(letter), "at": _now()}
            self._take(letter.id, mark)
            appender.send(TOPIC, letter.id.encode(), json.dumps(mark).encode())

    def begin(self, appender: Appender, topics: dict[str, Any]) -> str:
        """Note a replay into these topics. Return its key."""
        key = f"{_RUN}{len(self._runs) + 1}"
        self._note(appender, key, {"state": "begun", "at": _now(), "topics": topics})
        return key

    def end(self, appender: Appender, run: str) -> None:
        """Note that a replay has ended: all that it sent is marked."""
        self._note(appender, run, {"state": "ended", "at": _now()})

    def unfinished(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Key and topics of the replays that were interrupted."""
        yield from ((key, run["topics"]) for key, run in self._runs.items() if run["state"] == "begun")

    def _note(self, appender: Appender, key: str, run: dict[str, Any]) -> None:
        self._runs = self._runs | {key: run}
        appender.send(TOPIC, key.encode(), json.dumps(run).encode())


class Repetitions:
    """Recognizes dead letters of a record that has another one before them: their programs write at least once."""

    def __init__(self) -> None:
        self._seen: set[str] = set()

    def is_new(self, letter: Letter) -> bool:
        """Whether this is the first dead letter of its record."""
        record = _record(letter)
        new = record not in self._seen
        self._seen.add(record)
        return new


def _record(letter: Letter) -> str:
    """Identifies the record of a dead letter, as long as its topic exists."""
    return f"{letter.id.partition('/')[0]} {letter.origin}" if letter.origin else letter.id


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
