"""The cache of what is installed once per machine: a part is complete or absent, and one process at a time fills it.

Nothing is written to a cache whose parts are complete, so it may belong to another user.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from stack.common.steps import StepFailed, pause

COMPLETE = ".complete"
LOOK_EVERY = 0.1


def is_complete(folder: Path) -> bool:
    """Whether `ensure` has filled the folder."""
    return os.access(folder / COMPLETE, os.F_OK)  # unlike Path.exists, raises nothing if a parent folder is closed


def ensure(folder: Path, make: Callable[[Path], None]) -> Path:
    """Return `folder`, filled by `make(folder)` unless an earlier call completed it. Safe between processes.

    Raise StepFailed if it is incomplete and this user may not write it.
    """
    if is_complete(folder):
        return folder
    with _lock_file(folder) as lock:
        _take(lock)
        if not is_complete(folder):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            make(folder)
            (folder / COMPLETE).touch()
    return folder


def is_writable(cache: Path) -> bool:
    """Whether this user may add parts to the cache, or create its folder."""
    while not os.access(cache, os.F_OK) and cache != cache.parent:
        cache = cache.parent
    return os.access(cache, os.W_OK | os.X_OK)


def advice(cache: Path, parts: list[str]) -> str:
    """What to do if parts are missing in a cache that this user may not write."""
    return (
        f"STACK_CACHE={cache} lacks {', '.join(parts)}, and you have no permission to write there: ask its owner "
        "to run ./build_setup.sh with the same settings, or set STACK_CACHE to a folder of your own"
    )


def _lock_file(folder: Path) -> TextIO:
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        return (folder.parent / f".{folder.name}.lock").open("w")
    except OSError as error:
        raise StepFailed(f"{advice(folder.parent, [folder.name])} ({error.strerror})") from None


def _take(lock: TextIO) -> None:
    """Return when this process holds the lock. The wait can be interrupted, as the other process may take minutes."""
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pause(LOOK_EVERY)
