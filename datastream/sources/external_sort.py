"""Messages in any order → event-time order, sorted on disk so that memory stays bounded."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import IO

from datastream.message import Message

MESSAGES_IN_MEMORY = 50_000
SEPARATOR = b"\t"


class TimeSorter:
    """Takes messages in any order and holds at most `in_memory` of them in memory (external merge sort)."""

    def __init__(self, in_memory: int = MESSAGES_IN_MEMORY) -> None:
        self._in_memory = in_memory
        self._lines: list[bytes] = []
        self._runs: list[IO[bytes]] = []

    def add(self, message: Message) -> None:
        self._lines.append(_line(message))
        if len(self._lines) >= self._in_memory:
            self._write_run()

    def finish(self, path: Path | None = None) -> TimeOrdered:
        """The messages in order, in the file `path` or in a temporary one. The sorter cannot be used after this."""
        self._write_run()
        count, line, merged = 0, b"", path.open("w+b") if path else _temporary_file()
        for line in heapq.merge(*self._runs, key=_order):
            merged.write(line)
            count += 1
        merged.flush()
        self.close()
        return TimeOrdered(merged, count, newest=line.partition(SEPARATOR)[0].decode("ascii"))

    def close(self) -> None:
        """Discard an unfinished sort."""
        for run in self._runs:
            run.close()
        self._runs = []

    def _write_run(self) -> None:
        if self._lines:
            self._lines.sort(key=_order)
            run = _temporary_file()
            self._runs.append(run)
            run.writelines(self._lines)
            run.seek(0)
            self._lines = []


class TimeOrdered:
    """A sorted copy of messages in a file, which is closed on `close`. Order: event time, key, arrival.

    `newest` is the event time of the last message; "" if there is none.
    """

    def __init__(self, file: IO[bytes], count: int, newest: str = "") -> None:
        self._file = file
        self.count = count
        self.newest = newest

    @classmethod
    @contextmanager
    def opened(cls, path: Path, count: int) -> Iterator[TimeOrdered]:
        """The messages of a file that a sorter has written."""
        with path.open("rb") as file:
            yield cls(file, count)

    def messages(self, skip: int = 0) -> Iterator[Message]:
        """The messages in order, without the first `skip`. Only one iteration at a time."""
        self._file.seek(0)
        for line in islice(self._file, skip, None):
            event_time, key, value = line.rstrip(b"\n").split(SEPARATOR, 2)
            yield Message(key, event_time.decode("ascii"), value)

    def last_of_each_key(self) -> set[int]:
        """The numbers, from 1, of the last message of each key."""
        return {*{message.key: number for number, message in enumerate(self.messages(), start=1)}.values()}

    def close(self) -> None:
        self._file.close()


def _line(message: Message) -> bytes:
    return SEPARATOR.join((message.event_time.encode("ascii"), message.key, message.value)) + b"\n"


def _order(line: bytes) -> list[bytes]:
    return line.split(SEPARATOR, 2)[:2]


def _temporary_file() -> IO[bytes]:
    """A file without a name: the system deletes it when it is closed or when the process dies."""
    return tempfile.TemporaryFile(prefix="weather-")  # closed by TimeOrdered
