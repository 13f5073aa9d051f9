"""Files that are replaced whole or not at all: a reader, also after a crash, finds the old content or the new."""

from __future__ import annotations

import os
from pathlib import Path

PUBLIC, PRIVATE = 0o666, 0o600
"""Modes of new files, of which the umask takes its part."""


def replace(path: Path, content: bytes | str, *, durable: bool = False, mode: int = PUBLIC) -> None:
    """Put `content` (text as UTF-8) into `path`; its folder is created if it is missing.

    1. write the new content beside it, as `<name>.tmp`
    2. with `durable`, force it onto the disk
    3. rename it, which takes the old file's place in one step
    4. with `durable`, force the folder onto the disk, so that the rename outlives a power cut
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.tmp")
    temporary.unlink(missing_ok=True)  # left by a crash, perhaps with another mode
    write(temporary, content.encode() if isinstance(content, str) else content, mode)
    if durable:
        sync(temporary)
    temporary.replace(path)
    if durable:
        sync(path.parent)


def write(path: Path, content: bytes, mode: int = PUBLIC) -> None:
    """Write a new file that nobody reads yet."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)


def sync(path: Path) -> None:
    """Return when the content of a file, or the list of names of a folder, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
