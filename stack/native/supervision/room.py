"""Notices that a disk that was full has room again.

InfluxDB needs it: it never opens a shard again that it could not open on a full disk, until it is restarted.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stack.common import free_space


class Room:
    """Calls `react` once for each time that the disk of a folder was full and has room again."""

    def __init__(self, folder: Path, react: Callable[[], None]) -> None:
        self._folder = folder
        self._react = react
        self._was_full = False

    def look(self) -> None:
        """Look at the disk. Call it regularly."""
        try:
            free = free_space.megabytes(self._folder)
        except OSError:  # there is no such folder yet
            return
        if free < free_space.LITTLE:
            self._was_full = True
        elif self._was_full:
            self._was_full = False
            self._react()
