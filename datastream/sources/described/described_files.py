"""Described files on disk: find them, check them, read their rows. Standard library only, for the set-up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from datastream.sources.described.cells import reader
from datastream.sources.described.row import RowReader
from datastream.sources.follow.format import Key, Row
from datastream.sources.lines import files_at, first_valid, read_lines
from weather.description.model import NDJSON, Description
from weather.errors import SourceError

ENDINGS = {"csv": (".csv", ".txt", ".tsv"), NDJSON: (".ndjson", ".jsonl", ".json")}
"""How the names of files in a folder end, or with .gz behind it."""


def find_files(path: Path, description: Description) -> list[Path]:
    """The file itself, or the files of a folder, by name. Raise SourceError if there is none."""
    endings = tuple(ending + packed for ending in ENDINGS[description.format] for packed in ("", ".gz"))

    def of_folder(folder: Path) -> Iterator[Path]:
        return (file for file in folder.iterdir() if file.name.endswith(endings))

    return files_at(path, "CSV_DATA", of_folder, f"file whose name ends in {', '.join(endings)}")


class DescribedFile:
    """One file. A last line without an end is left out if it is not a valid row yet: it may still be written."""

    def __init__(self, path: Path, counts: Counter[str], description: Description) -> None:
        self._lines = enumerate(read_lines(path), start=1)
        for _ in range(description.skip):
            next(self._lines, None)
        names_columns = description.format != NDJSON and not description.columns
        _, first = next(self._lines, (0, b"")) if names_columns else (0, None)
        self._cells = reader(first, path, description)
        self._rows = RowReader(description, counts)

    def lines(self) -> Iterator[tuple[int, bytes]]:
        for number, line in self._lines:
            if line.strip() and (line.endswith(b"\n") or self._is_valid(line)):
                yield number, line

    def key(self, line: bytes) -> Key | None:
        try:
            return self._rows.key(self._cells(line))
        except ValueError:
            return None

    def row(self, line: bytes) -> Row | None:
        return self._rows.row(self._cells(line))

    def _is_valid(self, line: bytes) -> bool:
        try:
            self.row(line)
        except ValueError:
            return False
        return True


def check(paths: Sequence[Path], description: Description) -> None:
    """Raise SourceError unless each file is complete and one of its first rows is valid."""
    for path in paths:
        for file in find_files(path, description):
            opened = DescribedFile(file, Counter(), description)
            first_valid(file, opened.lines(), opened.row)


@dataclass(frozen=True)
class Coverage:
    """The first and last time of rows, in UTC."""

    first: datetime
    last: datetime


def contents(paths: Sequence[Path], description: Description) -> Coverage:
    """The coverage of all files. Raise SourceError if no row has a valid time."""
    first, last = "", ""
    for path in paths:
        for file in find_files(path, description):
            opened = DescribedFile(file, Counter(), description)
            for _, line in opened.lines():
                if key := opened.key(line):
                    first, last = min(first or key[1], key[1]), max(last, key[1])
    if not first:
        raise SourceError(f"CSV_DATA={' '.join(map(str, paths))}: no row has a valid key and time")
    return Coverage(datetime.fromisoformat(first), datetime.fromisoformat(last))
