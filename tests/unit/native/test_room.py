"""A disk that was full and has room again is noticed once."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.common import free_space
from stack.native.supervision.room import Room


def test_each_recovery_counts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reactions: list[int] = []
    room = Room(tmp_path, lambda: reactions.append(1))
    for free, expected in ((5000, 0), (10, 0), (0, 0), (5000, 1), (5000, 1), (100, 1), (300, 2)):
        monkeypatch.setattr(free_space, "megabytes", lambda folder, free=free: free)
        room.look()
        assert len(reactions) == expected


def test_a_folder_that_does_not_exist_is_no_problem(tmp_path: Path) -> None:
    Room(tmp_path / "none", lambda: pytest.fail("nothing was full")).look()
