"""The lines of plain and gzip files, and what identifies files in their present state."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from weather.errors import SourceError

GZIP_MAGIC = b"\x1f\x8b"
MAX_LINE_BYTES = 1_000_000
ROWS_THAT_PROVE_A_FORMAT = 100
"""A file without a valid row among this many is of another kind."""

Found = TypeVar("Found")


def files_at(path: Path, setting: str, found_in: Callable[[Path], Iterable[Path]], kind: str) -> list[Path]:
    """The file itself, or the files that `found_in` finds in a folder, by name.

    Raise SourceError, naming the setting, if there is no such path, or no file of this `kind` in the folder.
    """
    try:
        if path.is_dir():
            files = sorted(file for file in found_in(path) if file.is_file())
            if not files:
                raise SourceError(f"{setting}={path}: the folder holds no {kind}")
            return files
        if not path.exists():
            raise SourceError(f"{setting}={path}: there is no such file or folder")
    except OSError as error:  # such as a parent folder that this user may not enter
        raise SourceError(f"{setting}={path}: cannot be read: {error.strerror}") from None
    return [path]


def first_valid(
    file: Path, lines: Iterable[tuple[int, bytes]], parse: Callable[[bytes], Found], empty: str = "no rows"
) -> Found:
    """What `parse` makes of the first valid row among ROWS_THAT_PROVE_A_FORMAT. The lines are numbered.

    All lines are read, to detect a truncated file. Raise SourceError, with the last reason, if no row is valid.
    """
    found: list[Found] = []
    problem = f"{file}: {empty}"
    for index, (number, line) in enumerate(lines):
        if found or index >= ROWS_THAT_PROVE_A_FORMAT or not line.strip():
            continue
        try:
            found.append(parse(line))
        except ValueError as error:
            problem = f"{file}, line {number}: {error}; no row before it is valid"
    if not found:
        raise SourceError(problem)
    return found[0]


def read_lines(path: Path) -> Iterator[bytes]:
    """The lines of a plain or gzip file. Raise SourceError, naming the line, if the file cannot be read to its end."""
    line_number = 0
    try:
        with path.open("rb") as raw:
            magic = raw.read(2)
            if path.suffix == ".gz" and magic and magic != GZIP_MAGIC:
                raise SourceError(f"{path}: the name ends in .gz but the content is not gzip: download the file again")
            raw.seek(0)
            stream = gzip.GzipFile(fileobj=raw) if magic == GZIP_MAGIC else raw
            while line := stream.readline(MAX_LINE_BYTES):
                line_number += 1
                yield line
        if line_number == 0:
            raise SourceError(f"{path}: the file is empty; expected a header line and rows")
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(
            f"{path}: the gzip data is damaged or truncated after line {line_number} ({error}): download the file again"
        ) from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read after line {line_number}: {error.strerror or error}") from None


def fingerprint(files: Iterable[Path], *choices: str) -> str:
    """Identifies the names and contents of these files, and the `choices` that select what is sent of them.

    A copy of the files is the same data, such as those of another clone, or beside a restored backup.
    """
    return _short([(file.name, _content(file, *_state(file))) for file in files], *choices)


def earlier_fingerprint(files: Iterable[Path], *choices: str) -> str:
    """What versions up to 0.2 used: names, sizes and times of the last change."""
    return _short([(file.name, *_state(file)) for file in files], *choices)


def _state(file: Path) -> tuple[int, int]:
    """Size in bytes, and time of the last change in nanoseconds."""
    return file.stat().st_size, file.stat().st_mtime_ns


@lru_cache(maxsize=100_000)
def _content(file: Path, size: int, changed: int) -> str:
    """The SHA-256 checksum of a file in this state."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _short(found: list[tuple[object, ...]], *choices: str) -> str:
    return hashlib.sha256(repr((found, *choices) if choices else found).encode()).hexdigest()[:16]
