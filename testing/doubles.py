"""Small in-memory doubles: a source, a sink that may fail, a clock moved by hand, a mode."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import orjson

from datastream.kafka.in_flight import Confirming
from datastream.message import Item, Message, Record
from stack.common.ports import Owner
from weather.errors import StackError, Unavailable

PATIENCE = 10.0
"""Seconds after which a test that waits for a thread fails."""


def message(number: int, station: str = "29075001") -> Message:
    """The message of the `number`-th hour of 2014 at a station."""
    hour = f"201401{1 + number // 24:02}{number % 24:02}"
    return Message(station.encode(), hour, orjson.dumps({"NUM_POSTE": station, "AAAAMMJJHH": hour, "T": number}))


class ListSource:
    """A Source of the given items, which raises `error` after the last one."""

    name = "list"
    fingerprint = earlier_fingerprint = "list"

    def __init__(self, items: Iterable[Item], error: StackError | None = None) -> None:
        self.counts: Counter[str] = Counter()
        self.following = None
        self.total: int | None = None
        self.closed = False
        self.items = list(items)
        self.error = error
        self.marker: Message | None = None

    def refresh(self) -> None:
        pass

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
        for item in self.items:
            if cancelled():
                return
            if isinstance(item, Message) and skip > 0:
                skip -= 1
            else:
                yield item
        if self.error is not None:
            raise self.error

    def end_marker(self) -> Message | None:
        return self.marker

    def close(self) -> None:
        self.closed = True


class ListSink(Confirming):
    """A Sink that confirms records at once, or when it is flushed.

    `refuse` and `lose` name calls of `send` by their number, from 1: those of `refuse` fail in `send`, those of `lose`
    afterwards, in `flush`. While `away` holds a reason, everything fails. `on_step` is called with each step.
    """

    def __init__(self, at_once: bool = True, refuse: Iterable[int] = (), lose: Iterable[int] = ()) -> None:
        super().__init__()
        self.on_step: Callable[[str], None] = lambda step: None
        self.away = ""
        self.present: dict[str, dict[int, int]] = {}
        self.closed = False
        self.confirmed: list[Record] = []
        self._at_once, self._refuse, self._lose = at_once, set(refuse), set(lose)
        self._hand_overs = 0
        self._on_the_way: deque[tuple[int, Record]] = deque()
        self._news = threading.Condition()

    def prepare(self) -> None:
        self.on_step("prepare")
        if self.away:
            raise Unavailable(self.away)

    def ends_in_kafka(self) -> dict[str, dict[int, int]]:
        return self.present

    def recreate(self) -> None:
        self.on_step("recreate")
        if self.away:
            raise Unavailable(self.away)

    def send(self, record: Record) -> None:
        self._hand_over(record)

    def _hand_over(self, record: Record, number: int | None = None) -> None:
        self._hand_overs += 1
        self.on_step("send")
        if self.away or self._hand_overs in self._refuse:
            self._in_flight.came_back(record, Unavailable(self.away or "refused"), number)
            raise Unavailable(self.away or "refused")
        self._on_the_way.append((self._hand_overs, record))
        if self._at_once:
            self._deliver()

    def retry_failed(self) -> None:
        for _ in range(self._in_flight.undelivered):
            number, record = self._in_flight.next_undelivered()
            self._hand_over(record, number)

    def flush(self, timeout: float) -> None:
        self.on_step("flush")
        if self.away:
            raise Unavailable(self.away)
        self._deliver()
        self.on_step("flushed")
        if self._in_flight.undelivered:
            raise Unavailable(f"{self._in_flight.undelivered} undelivered")

    def close(self, timeout: float) -> None:
        self.closed = True

    def wait_for(self, count: int) -> None:
        """Return when `count` records are confirmed."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.confirmed) >= count, PATIENCE), (
                f"only {len(self.confirmed)} records were confirmed"
            )

    def values(self, topic: str = "meteo") -> list[bytes]:
        """The values confirmed in a topic."""
        return [record.value for record in self.confirmed if record.topic == topic]

    def _deliver(self) -> None:
        while self._on_the_way:
            number, record = self._on_the_way.popleft()
            if number in self._lose:
                self._in_flight.came_back(record, Unavailable("lost"))
                continue
            with self._news:
                self.confirmed.append(record)
                self._news.notify_all()
            if record.is_row:
                self._in_flight.ends[record.topic][0] = self._in_flight.ends[record.topic].get(0, 0) + 1
            self._in_flight.on_confirmed(record.topic, int(record.is_row))
            self.on_step("confirmed")


class Came(NamedTuple):
    """A message as a consumer receives it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...] = ()


class HandClock:
    """A clock that a test moves. A wait on it moves it too, by `elapse` of the wait's timeout."""

    def __init__(self) -> None:
        self.time = 1000.0
        self.waits: list[float] = []
        self.elapse: Callable[[float], float] = lambda timeout: timeout

    def now(self) -> float:
        return self.time

    def wait(self, condition: threading.Condition, timeout: float) -> None:
        self.waits.append(timeout)
        self.time += self.elapse(timeout)


class ListedMode:
    """A Mode with given ports, problems and states, for the preflight and the status table."""

    name = "native"

    def __init__(self, ports: Iterable[str] = (), problems: Iterable[str] = (), mine: Iterable[str] = ()) -> None:
        self._ports, self._problems, self._mine = list(ports), list(problems), set(mine)
        self.asked_about: list[tuple[str, Owner]] = []
        self.known_states: dict[str, str] = {}

    def problems(self) -> Iterator[str]:
        yield from self._problems

    def port_settings(self) -> list[str]:
        return self._ports

    def owns(self, setting: str, owner: Owner) -> bool:
        self.asked_about.append((setting, owner))
        return setting in self._mine

    def states(self) -> dict[str, str]:
        return self.known_states

    def serves_dashboards(self) -> bool:
        return False

    def install(self) -> None: ...

    def start_servers(self, application: bool) -> None: ...

    def provision(self) -> None: ...

    def submit(self) -> None: ...

    def prepare_next_start(self) -> None: ...

    def batch_command(self, module: str, arguments: list[str], folders: list[Path]) -> tuple[list[str], dict[str, str]]:
        return [], {}

    def tool_command(self, module: str, arguments: list[str]) -> tuple[list[str], dict[str, str]]:
        return [], {}

    def wait_for_application(self) -> None: ...

    def start_store(self) -> None: ...

    def stop_components(self, *names: str) -> None: ...

    def is_up(self) -> bool:
        return bool(self.known_states)

    def stop(self) -> None: ...

    def remove_data(self) -> None: ...

    def log_of(self, component: str) -> str:
        return component


def wait_for_end_of_replay() -> None:
    """Return when no replay runs."""
    for thread in threading.enumerate():
        if thread.name == "replay":
            thread.join(PATIENCE)
            assert not thread.is_alive(), "the replay did not end"
