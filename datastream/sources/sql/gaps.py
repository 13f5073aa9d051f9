"""Gaps in the ids of a table: ids below the newest one that no row had when the rows around them were read.

An id is assigned when a row is inserted, and the row is visible when its transaction commits. If several transactions
are open at once, a row with a lower id may therefore appear after rows with higher ones. If its transaction was rolled
back, it never appears.

The file never knows fewer gaps than those that the rows sent so far have left: new gaps are stored before the rows
behind them are sent, and a gap that was filled is removed after Kafka has confirmed its row.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

from weather import files
from weather.errors import SetupError

MOST = 10_000
"""Gaps that are looked for at once. Beyond it the oldest ones are closed early."""


@dataclass(frozen=True, slots=True)
class Gap:
    """The ids from `first` to `last`, missing since `since` (seconds since 1970)."""

    first: int
    last: int
    since: float

    def __len__(self) -> int:
        return self.last - self.first + 1


class Gaps:
    """The open gaps, by increasing ids. A gap stays open for `patience` seconds.

    `clock` returns the seconds since 1970; tests replace it.
    """

    def __init__(self, file: Path, patience: float, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._patience = patience
        self._clock = clock
        self._open: list[Gap] = []
        self._changed = False

    def load(self, newest: int) -> None:
        """Read the stored gaps below the id `newest`, up to which all rows are sent. Forget the others, also on disk:
        they are found again, or belong to rows that are sent again.

        Raise SetupError if the file is damaged.
        """
        try:
            stored = [
                Gap(int(first), int(last), float(since)) for first, last, since in json.loads(self._file.read_text())
            ]
        except FileNotFoundError:
            stored = []
        except (ValueError, TypeError) as error:
            raise SetupError(
                f"{self._file} is damaged ({error}): it holds the ids of rows that may yet be committed. Delete it to "
                "go on without them, or run ./start-streaming.sh --restart to send all rows of the table again"
            ) from error
        now = self._clock()
        # A clock that was set back would keep a gap open for as long.
        self._open = [
            Gap(gap.first, min(gap.last, newest - 1), min(gap.since, now)) for gap in stored if gap.first < newest
        ]
        self._changed = len(self._open) < len(stored)
        self.save()

    def note(self, newest: int, ids: Sequence[int]) -> int:
        """Note and store the gaps between `newest`, the last id read so far, and these increasing ids.

        Return how many ids were given up to stay below MOST gaps.
        """
        now, before = self._clock(), newest
        found = []
        for number in ids:
            if number > before + 1:
                found.append(Gap(before + 1, number - 1, now))
            before = number
        if not found:
            return 0
        self._open += found
        surplus = sorted(self._open, key=lambda gap: gap.since)[: max(0, len(self._open) - MOST)]
        if surplus:
            closed = set(surplus)
            self._open = [gap for gap in self._open if gap not in closed]
        self._changed = True
        self.save()
        return sum(map(len, surplus))

    def ranges(self) -> list[tuple[int, int]]:
        """The first and the last id of each gap."""
        return [(gap.first, gap.last) for gap in self._open]

    def fill(self, number: int) -> None:
        """A row with this id was found. Raise ValueError if it is in no gap."""
        at = bisect_right(self._open, number, key=lambda gap: gap.first) - 1
        if at < 0 or number > self._open[at].last:
            raise ValueError(f"id {number} is in no gap")
        gap = self._open[at]
        parts = (Gap(gap.first, number - 1, gap.since), Gap(number + 1, gap.last, gap.since))
        self._open[at : at + 1] = [part for part in parts if len(part)]
        self._changed = True

    def close_old(self, looked_at: float) -> int:
        """Close the gaps that were older than the patience when the table was last searched, at `looked_at`.

        Return how many ids they had. Those below the first row of the table, which was perhaps emptied once, do not
        count.
        """
        old = [gap for gap in self._open if looked_at - gap.since > self._patience]
        if old:
            self._open = [gap for gap in self._open if looked_at - gap.since <= self._patience]
            self._changed = True
        return sum(len(gap) for gap in old if gap.first > 1)

    def now(self) -> float:
        """The time of the clock."""
        return self._clock()

    def save(self) -> None:
        """Store the open gaps, even if the machine loses power. Nothing is written if nothing has changed."""
        if self._changed:
            files.replace(self._file, json.dumps([astuple(gap) for gap in self._open]), durable=True)
            self._changed = False
