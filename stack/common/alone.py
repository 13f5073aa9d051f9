"""One command at a time changes a stack, or a part of it."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from weather.errors import StackError

LOCKS = Path("/proc/locks")


@contextmanager
def alone(folder: Path, busy: str = "another command changes the stack in {folder}") -> Iterator[None]:
    """Hold the lock of a folder, which is created. Raise StackError, with `busy`, if another command holds it.

    The lock ends with the process, however it ends.
    """
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            what = busy.format(folder=folder)
            raise StackError(f"{what}{_holder(descriptor)}: wait until it has ended") from None
        yield
    finally:
        os.close(descriptor)


def _holder(descriptor: int) -> str:
    """Who holds the lock, such as ` (process 17: python3 -m stack.up)`; "" if the system does not tell."""
    try:
        inode = str(os.fstat(descriptor).st_ino)
        for line in LOCKS.read_text(encoding="ascii").splitlines():
            words = line.split()
            if words[1] == "FLOCK" and words[5].rpartition(":")[2] == inode:
                command = Path(f"/proc/{words[4]}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                return f" (process {words[4]}: {command.strip()[:100]})"
    except (OSError, ValueError, IndexError):
        pass
    return ""
