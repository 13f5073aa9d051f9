"""Atomic replacement of files: a reader finds the old content or the new one, even after a crash."""

from __future__ import annotations

import os
from pathlib import Path

PUBLIC, PRIVATE = 0o666, 0o600
"""Modes of new files, before the umask applies."""


def replace(path: Path, content: bytes | str, *, durable: bool = False, mode: int = PUBLIC) -> None:
    """Replace the content of `path` with `content` (text as UTF-8). Create its folder if it is missing.

    1. write the new content beside it, as `<name>.tmp`
    2. if `durable`, sync it to disk
    3. rename it, which replaces the old file in one step
    4. if `durable`, sync the folder to disk, so that the rename survives a power failure
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
    """Write a file that has no readers yet."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as file:
        file.write(content)


def sync(path: Path) -> None:
    """Return when the content of a file, or the entries of a folder, are on disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
