"""A disk that is full or read-only is in the status."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from stack import status
from stack.common import disk
from testing.environment import settings_environment
from weather.settings import Variables


class Disk:
    """What the system says of a disk."""

    def __init__(self, free_mb: float, flags: int = 0) -> None:
        self.f_bavail, self.f_frsize, self.f_flag = int(free_mb * 1000), 1000, flags


@pytest.fixture
def variables(tmp_path: Path) -> Variables:
    (tmp_path / "data" / "kafka").mkdir(parents=True)
    return Variables(settings_environment(STACK_HOME=str(tmp_path)))


@pytest.mark.parametrize(
    ("found", "state", "words"),
    [
        (Disk(5000), "healthy", "5.0 GB free"),
        (Disk(100), "unhealthy", "is full, 100 MB are free: make room, and the stack goes on by itself"),
        (Disk(5000, os.ST_RDONLY), "unhealthy", "is read-only: mount it writable, and run ./build_setup.sh"),
    ],
)
def test_the_row_says_what_is_wrong_once(
    variables: Variables, monkeypatch: pytest.MonkeyPatch, found: Any, state: str, words: str
) -> None:
    monkeypatch.setattr(os, "statvfs", lambda folder: found)
    _, told, _, details = status.disk_row(variables)
    assert (told, details.count(words)) == (state, 1)


def test_a_folder_on_a_full_disk_of_its_own_is_named(variables: Variables, monkeypatch: pytest.MonkeyPatch) -> None:
    full = Path(variables.text("STACK_HOME")) / "data" / "kafka"
    monkeypatch.setattr(os, "statvfs", lambda folder: Disk(1 if folder == full else 5000))
    assert f"the disk of {full} is full" in disk.problem(variables)


def test_without_a_folder_there_is_nothing_to_say(tmp_path: Path) -> None:
    variables = Variables(settings_environment(STACK_HOME=str(tmp_path / "none"), CONSUMERS_DIR=str(tmp_path / "no")))
    assert status.disk_row(variables) == ("disk", "healthy", str(tmp_path / "none"), "")
