"""What is installed once per machine: made whole or not at all, by one process at a time."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from stack.steps import pause

COMPLETE = ".complete"
LOOK_EVERY = 0.1


def is_complete(folder: Path) -> bool:
    """Whether `ensure` has filled the folder."""
    return (folder / COMPLETE).exists()


def ensure(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, filled by `make(folder)` unless an earlier call has completed it. Safe between processes."""
    if is_complete(folder):
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with (folder.parent / f".{folder.name}.lock").open("w") as lock:
        _take(lock)
        if not is_complete(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / COMPLETE).touch()
    return folder


def _take(lock: TextIO) -> None:
    """Return when this process holds the lock; it stays interruptible, as the other one may need minutes."""
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pause(LOOK_EVERY)
