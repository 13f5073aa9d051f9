"""Ten messages, and streamers of them that share one position file."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datastream.message import Message, Topic
from datastream.replay import position
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from testing.doubles import ListSink, ListSource, message, wait_for_end_of_replay
from weather.errors import RejectedRecord

TEN = [message(number) for number in range(10)]
VALUES = [item.value for item in TEN]
NEVER = 3600.0
"""A time delta that only the first row of a test survives."""


class Bench:
    """Makes streamers that share one position file, as processes of one machine do, and stops them at the end."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "data" / "position.json"
        self.streamers: list[Streamer] = []

    def streamer(self, source: ListSource, sink: ListSink, delta: float = 0.0, loop: bool = False) -> Streamer:
        streamer = Streamer(source, sink, Replay((Topic("meteo", 4),), loop, self.file, delta))
        self.streamers.append(streamer)
        return streamer

    def replay(self, items: list[Message | RejectedRecord], sink: ListSink) -> Streamer:
        """A streamer that has replayed these items to their end."""
        streamer = self.streamer(ListSource(items), sink)
        assert streamer.start()
        wait_for_end_of_replay()
        return streamer

    def interrupted(self, items: Sequence[Message], after: int = 1, delta: float = NEVER) -> None:
        """A streamer is closed after it has sent so many items or a few more."""
        sink = ListSink()
        streamer = self.streamer(ListSource(items), sink, delta=delta)
        streamer.start()
        sink.wait_for(after)
        streamer.close()

    def kept(self) -> position.Position:
        kept = position.load(self.file)
        assert kept is not None
        return kept


def figures(streamer: Streamer, *names: str) -> list[Any]:
    status = streamer.status()
    return [status[name] for name in names]
