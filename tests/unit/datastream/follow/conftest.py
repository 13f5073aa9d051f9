"""A server of files, the copies of its files, and a source that follows them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pytest

from datastream.message import Item, Message, Pause
from datastream.sources.downloads.download import Downloads, Limits
from datastream.sources.follow.source import Followed
from datastream.sources.meteofrance.hourly_format import HourlyFormat
from testing.file_server import FileServer, serving
from testing.hourly_text import HEADER, line
from weather.reading import REPLACES
from weather.settings.locations import Location

NAME = "H_01_latest.csv.gz"


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as made:
        yield made


@pytest.fixture
def downloads(tmp_path: Path) -> Iterator[Downloads]:
    made = Downloads(tmp_path / "downloads", Limits(10_000_000, 5.0))
    yield made
    made.close()


def hourly_file(*rows: bytes) -> bytes:
    """A file of these rows, packed; the same rows are the same bytes."""
    return gzip.compress(HEADER + b"".join(rows), mtime=0)


class Follower:
    """A followed source whose position is kept as the streamer keeps it: up to the last pause."""

    def __init__(self, make: Callable[[], Followed]) -> None:
        self._make = make
        self.source = make()
        self.committed = 0
        self._offset = 0
        self._items = self.source.messages(0)

    def next_poll(self) -> list[Item]:
        """Everything up to the pause that follows the next poll."""
        found: list[Item] = []
        for item in self._items:
            if isinstance(item, Message):
                assert item.offset == self._offset + 1
                self._offset = item.offset
            if isinstance(item, Pause):
                self.committed = self._offset
                if not found and item.seconds == 0 and not item.problem:
                    continue
                if item.seconds == 0 and not item.problem:
                    continue
                return [*found, item]
            found.append(item)
        return found

    def take(self, number: int) -> list[dict[str, Any]]:
        """The next messages, none of which is confirmed."""
        found: list[dict[str, Any]] = []
        while len(found) < number:
            item = next(self._items)
            if isinstance(item, Message):
                found.append(orjson.loads(item.value))
        return found

    def killed(self) -> None:
        """The process dies, and another one resumes at the last committed position."""
        self._items.close()  # type: ignore[attr-defined]
        self.source = self._make()
        self._offset = self.committed
        self._items = self.source.messages(self.committed)

    def restarted(self) -> None:
        """./start-streaming.sh --restart."""
        self.committed = 0
        self.killed()


def sent(items: Sequence[Item]) -> list[dict[str, Any]]:
    """The messages among these items."""
    return [orjson.loads(item.value) for item in items if isinstance(item, Message)]


@pytest.fixture
def follow(downloads: Downloads, tmp_path: Path) -> Callable[..., Follower]:
    """Makes followers of locations; every poll is 300 s after the one before."""

    def made(*locations: Location, every: float = 300.0) -> Follower:
        return Follower(lambda: Followed(lambda: locations, HourlyFormat(), downloads, tmp_path / "state", every))

    return made


Follow = Callable[..., Follower]
"""Makes followers of locations."""

OTHER = {"NUM_POSTE": "01071001", "NOM_USUEL": "CESSIEU", "LAT": "45.5", "LON": "5.4"}
HOURS = [f"20260101{hour:02}" for hour in range(24)]


def row(hour: int, T: str = "1.5", **cells: str) -> bytes:
    return line(HOURS[hour], T=T, **cells)


def day(*hours: int) -> list[bytes]:
    return [row(hour) for hour in hours]


def pause(items: Sequence[Item]) -> Pause:
    assert isinstance(items[-1], Pause)
    return items[-1]


def shown(items: Sequence[Item]) -> list[tuple[Any, ...]]:
    """Station, hour, temperature and whether it replaces an earlier row, of each message."""
    return [(one["NUM_POSTE"], one["AAAAMMJJHH"], one.get("T"), one.get(REPLACES, 0)) for one in sent(items)]
