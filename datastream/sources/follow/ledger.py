"""The ledger: which rows were put into the outbox, each with a digest of its values. An SQLite file.

It answers whether a row is new or changed without holding the rows in memory: a few dozen bytes of disk for each.
"""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datastream.sources.follow.format import Key
from weather.errors import SourceError

VERSION = 1
SCHEMA = """
CREATE TABLE ledger (version INTEGER, id TEXT, fields TEXT, first INTEGER, count INTEGER);
CREATE TABLE files (number INTEGER PRIMARY KEY, place TEXT UNIQUE, digest TEXT);
CREATE TABLE labels (number INTEGER PRIMARY KEY, label TEXT UNIQUE);
CREATE TABLE sent (
    station TEXT, time TEXT, file INTEGER, line INTEGER, digest INTEGER, fields INTEGER, label INTEGER,
    PRIMARY KEY (station, time)
) WITHOUT ROWID;
CREATE TABLE ignored (file INTEGER, line INTEGER, PRIMARY KEY (file, line)) WITHOUT ROWID;
"""
NO_FILE = 0
"""The file number of a row that no file holds any more, although it was not withdrawn: its period ended."""


@dataclass(slots=True)
class Sent:
    """A row in the ledger: the file and the line (a digest) that held it last, and its values, as a digest.

    `digest` is 0 if the row must be sent again. `fields` has a bit for each field that the store may hold.
    """

    file: int
    line: int
    digest: int
    fields: int
    label: int


class Ledger:
    """One transaction after another: `commit` ends it, and a process that dies before leaves the ledger as it was."""

    def __init__(self, path: Path, field_names: tuple[str, ...]) -> None:
        """Open the ledger, or create it. Raise SourceError if it cannot be used."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
            self._prepare(" ".join(field_names))
        except (OSError, sqlite3.Error) as error:
            raise SourceError(
                f"{path}: the ledger of the sent rows cannot be used ({error}): delete it to send all rows again"
            ) from None

    def _prepare(self, fields: str) -> None:
        database = self._database
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = FULL")
        database.execute("PRAGMA cache_size = -16384")  # KiB
        database.execute("BEGIN IMMEDIATE")
        if not database.execute("SELECT 1 FROM sqlite_master").fetchone():
            for statement in SCHEMA.split(";"):
                database.execute(statement)
            database.execute("INSERT INTO ledger VALUES (?, ?, ?, 0, 0)", (VERSION, uuid.uuid4().hex[:16], fields))
        version, self.id, known = database.execute("SELECT version, id, fields FROM ledger").fetchone()
        if (version, known) != (VERSION, fields):
            raise sqlite3.DatabaseError(f"it is of version {version} with the fields {known}")
        database.execute("COMMIT")
        database.execute("BEGIN")

    # --- the outbox that belongs to this state

    @property
    def outbox(self) -> tuple[int, int]:
        """The offset before the outbox's first message, and the number of its messages."""
        first, count = self._database.execute("SELECT first, count FROM ledger").fetchone()
        return first, count

    def commit(self, first: int, count: int) -> None:
        """End the transaction; from now on the outbox has `count` messages behind offset `first`."""
        self._database.execute("UPDATE ledger SET first = ?, count = ?", (first, count))
        self._database.execute("COMMIT")
        self._database.execute("BEGIN")

    def roll_back(self) -> None:
        """Forget what was changed since the last commit."""
        self._database.execute("ROLLBACK")
        self._database.execute("BEGIN")

    def send_all_again(self) -> None:
        """Mark every row as changed, and every file as not compared. What the store may hold stays known."""
        self._database.execute("UPDATE sent SET digest = 0, line = 0")
        self._database.execute("DELETE FROM ignored")
        self._database.execute("UPDATE files SET digest = ''")
        self.commit(0, 0)

    # --- files

    def file(self, place: str) -> tuple[int, str]:
        """The number of a file, and the digest of its content when it was compared; "" if it was not."""
        self._database.execute("INSERT OR IGNORE INTO files (place, digest) VALUES (?, '')", (place,))
        number, digest = self._database.execute("SELECT number, digest FROM files WHERE place = ?", (place,)).fetchone()
        return number, digest

    def compared(self, file: int, digest: str) -> None:
        """The file with this content was compared."""
        self._database.execute("UPDATE files SET digest = ? WHERE number = ?", (digest, file))

    # --- rows

    def lines(self, file: int) -> set[int]:
        """The lines of a file that were seen, as digests."""
        found = self._database.execute(
            "SELECT line FROM sent WHERE file = ? UNION ALL SELECT line FROM ignored WHERE file = ?", (file, file)
        )
        return {line for (line,) in found}

    def rows_of(self, file: int) -> Iterator[tuple[Key, Sent]]:
        """The rows that a file held when it was last compared."""
        found = self._database.execute("SELECT * FROM sent WHERE file = ?", (file,))
        return (((station, time), Sent(*rest)) for station, time, *rest in found)

    def find(self, key: Key) -> Sent | None:
        """The row with this key."""
        found = self._database.execute(
            "SELECT file, line, digest, fields, label FROM sent WHERE station = ? AND time = ?", key
        ).fetchone()
        return Sent(*found) if found else None

    def put(self, key: Key, row: Sent) -> None:
        """Add a row or replace it."""
        self._database.execute(
            "INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*key, row.file, row.line, row.digest, row.fields, row.label),
        )

    def remove(self, key: Key) -> None:
        """Remove a row that was withdrawn."""
        self._database.execute("DELETE FROM sent WHERE station = ? AND time = ?", key)

    def ignore(self, file: int, line: int) -> None:
        """Remember a line that is no row to send, such as an invalid one."""
        self._database.execute("INSERT OR IGNORE INTO ignored VALUES (?, ?)", (file, line))

    def forget_ignored(self, file: int, lines: set[int]) -> None:
        """Forget ignored lines that the file no longer has."""
        self._database.executemany("DELETE FROM ignored WHERE file = ? AND line = ?", ((file, line) for line in lines))

    # --- labels

    def label_number(self, label: str) -> int:
        """The number of a label."""
        self._database.execute("INSERT OR IGNORE INTO labels (label) VALUES (?)", (label,))
        (number,) = self._database.execute("SELECT number FROM labels WHERE label = ?", (label,)).fetchone()
        return int(number)

    def label(self, number: int) -> str:
        """The label with this number."""
        (label,) = self._database.execute("SELECT label FROM labels WHERE number = ?", (number,)).fetchone()
        return str(label)

    def labels(self) -> tuple[str, ...]:
        """All labels, in the order of their numbers."""
        return tuple(label for (label,) in self._database.execute("SELECT label FROM labels ORDER BY number"))

    def close(self) -> None:
        self._database.close()
