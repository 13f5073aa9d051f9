"""The lines of plain and gzip files, and what identifies files in their present state."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from weather.errors import SourceError

GZIP_MAGIC = b"\x1f\x8b"
MAX_LINE_BYTES = 1_000_000
ROWS_THAT_PROVE_A_FORMAT = 100
"""A file without a valid row among this many is of another kind."""


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
    """Identifies these files in their current state, and the `choices` that select what is sent of them."""
    found = [(file.name, file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return hashlib.sha256(repr((found, *choices) if choices else found).encode()).hexdigest()[:16]
