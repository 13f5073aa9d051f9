"""A department's hourly file as its publisher has it: it grows hour by hour, and earlier rows are corrected.

The rows are those of stations of the shipped month, moved to the present, so that the newest hour is the last one.
"""

from __future__ import annotations

import gzip
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from testing.environment import ROOT

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
FORM = "%Y%m%d%H"
Key = tuple[str, str]


class Server(Protocol):
    """Where files are published."""

    def put(self, name: str, content: bytes) -> object: ...


class Publication:
    """The file of department 29. `versions` counts for each row how many versions of it were published."""

    def __init__(self, server: Server, days: int, stations: int) -> None:
        self._server = server
        lines = gzip.decompress(SHIPPED.read_bytes()).splitlines(keepends=True)
        self._header, self.columns = lines[0], [name.strip() for name in lines[0].decode().split(";")]
        self._now = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        end = datetime(2014, 1, 31, 23, tzinfo=UTC)
        self._all: dict[Key, list[str]] = {}
        for line in lines[1:]:
            cells = line.decode().rstrip("\n").split(";")
            hour = datetime.strptime(cells[5], FORM).replace(tzinfo=UTC)
            if hour > end - timedelta(days=days):
                cells[5] = (self._now - (end - hour)).strftime(FORM)
                self._all[cells[0], cells[5]] = cells
        self.stations = sorted({station for station, _ in self._all})[:stations]
        self._all = {key: cells for key, cells in self._all.items() if key[0] in self.stations}
        self.rows: dict[Key, list[str]] = {}
        self.versions: Counter[Key] = Counter()
        self._content = b""
        year = self._now.year
        self.name = f"H_29_latest-{year - 1}-{year}.csv.gz"

    def hour(self, before: int) -> str:
        """The hour so many hours before the present one."""
        return (self._now - timedelta(hours=before)).strftime(FORM)

    def key(self, station: int, before: int) -> Key:
        """The first row of a station at that hour or, if it has none, before."""
        while (self.stations[station], self.hour(before)) not in self._all:
            before += 1
        return self.stations[station], self.hour(before)

    def add_until(self, before: int, without: Iterable[Key] = ()) -> None:
        """Add all rows up to an hour that are not there yet."""
        for key, cells in self._all.items():
            if key[1] <= self.hour(before) and key not in self.rows and key not in set(without):
                self.put(key, cells)

    def put(self, key: Key, cells: list[str]) -> None:
        """Add a row, or another version of it."""
        self.rows[key] = list(cells)
        self.versions[key] += 1

    def change(self, key: Key, **cells: str) -> None:
        """Publish other cells of a row."""
        changed = list(self.rows[key])
        for name, text in cells.items():
            changed[self.columns.index(name)] = text
        self.put(key, changed)

    def withdraw(self, key: Key) -> None:
        """Publish the file without a row."""
        del self.rows[key]
        self.versions[key] += 1

    def publish(self) -> None:
        """Replace the file on the server: station by station, in the order of the hours."""
        body = b"".join((";".join(self.rows[key]) + "\n").encode() for key in sorted(self.rows))
        self._content = gzip.compress(self._header + body, 1, mtime=0)
        self._server.put(self.name, self._content)

    def write(self, path: Path) -> Path:
        """The published file as a local one."""
        path.write_bytes(self._content)
        return path
