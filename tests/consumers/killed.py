"""`python -m tests.consumers.killed POINT COMMITS PROGRAM …`: a program that kills itself with -9 at one point.

A point is a step of a commit and a moment of it, such as `rename:before`; the program gets through so many commits
and dies in the next one. Point `none` kills nothing: it polls in the same small batches.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from consumers.files.archive import Archive
from consumers.kafka import client
from weather import files

SMALL_POLL = 25

CHECKPOINT_POINTS = (
    "confirm:before", "confirm:after", "write:before", "write:halfway", "write:after", "sync file:before",
    "sync file:after", "rename:before", "rename:after", "sync folder:before", "sync folder:after",
)  # fmt: skip
"""Every boundary between two steps of a commit of the JSON statistics, and of a checkpoint."""

ARCHIVE_POINTS = (
    "store:before", "store:halfway", "store:after", "clear:before", "clear:after", "move:before", "move:after",
)  # fmt: skip
"""Those of a Parquet file, which come before those of its checkpoint."""


class Killer:
    """Wraps the steps of a commit; dies at one point after so many commits."""

    def __init__(self, point: str, commits: int) -> None:
        self._step, _, self._moment = point.partition(":")
        self._commits = commits
        self._counting = self._at_checkpoint = False

    def begin(self) -> None:
        """The first poll: what was written before is no commit."""
        self._counting = True

    def wrapped(self, step: str, function: Callable[..., Any], halfway: Callable[..., Any] | None = None) -> Any:
        """`function`, with a death before, in the middle of or after it where this is the step."""

        def stepped(*arguments: Any) -> Any:
            armed = self._counting and step == self._step and self._commits == 0
            if armed and self._moment == "before":
                die()
            if armed and self._moment == "halfway" and halfway is not None:
                halfway(*arguments)
                die()
            result = function(*arguments)
            if armed and self._moment == "after":
                die()
            return result

        return stepped

    def checkpointing(self, replace: Callable[..., None]) -> Callable[..., None]:
        """`files.replace`, which ends a commit."""

        def counted(path: Path, content: bytes, **options: Any) -> None:
            self._at_checkpoint = True
            replace(path, content, **options)
            self._at_checkpoint = False
            self._commits = max(self._commits - self._counting, 0)

        return counted

    def syncing(self, sync: Callable[[Path], None]) -> Callable[[Path], None]:
        """`files.sync` of a file or a folder; those of the archive are within its own steps."""
        of_file, of_folder = self.wrapped("sync file", sync), self.wrapped("sync folder", sync)

        def stepped(path: Path) -> None:
            (sync if not self._at_checkpoint else of_folder if path.is_dir() else of_file)(path)

        return stepped


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def write_half(path: Path, content: bytes, mode: int) -> None:
    path.write_bytes(content[: len(content) // 2])


def store_half(archive: Archive, path: str, table: Any) -> None:
    with archive._filesystem.open_output_stream(path) as file:
        file.write(b"PAR1 and no more")


def arm(killer: Killer) -> None:
    """Put the killer between the steps of production code."""
    rename = killer.wrapped("rename", Path.replace)
    files.replace = killer.checkpointing(files.replace)
    files.sync = killer.syncing(files.sync)  # type: ignore[assignment]
    files.write = killer.wrapped("write", files.write, write_half)
    Path.replace = lambda path, target: rename(path, target)  # type: ignore[method-assign, assignment]
    client.DeadLetters.confirm = killer.wrapped("confirm", client.DeadLetters.confirm)  # type: ignore[method-assign]
    Archive._store = killer.wrapped("store", Archive._store, store_half)  # type: ignore[method-assign]
    Archive._clear = killer.wrapped("clear", Archive._clear)  # type: ignore[method-assign]
    Archive._move = killer.wrapped("move", Archive._move)  # type: ignore[method-assign]
    plain_seek = client.Partitions.seek

    def seek(self: Any, offsets: Any) -> None:
        plain_seek(self, offsets)
        killer.begin()

    client.Partitions.seek = seek  # type: ignore[method-assign]


def main() -> int:
    """Run the program with its arguments."""
    point, commits, name, *arguments = sys.argv[1:]
    client.MAX_RECORDS_PER_POLL = SMALL_POLL
    arm(Killer(point, int(commits)))
    return int(importlib.import_module(f"consumers.{name}").main(arguments))


if __name__ == "__main__":
    sys.exit(main())
