"""The size of the rain dataset: its dates and rows, read from the Parquet files as they are added."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq

from spark_app.rain import parquet_files


class Coverage:
    """The dates and the number of rows (days of stations) of a folder of Parquet files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: set[str] = set()
        self._dates: set[object] = set()
        self.rows = 0

    @property
    def days(self) -> int:
        """The number of distinct dates."""
        return len(self._dates)

    def update(self) -> None:
        """Read the files that were not read yet."""
        for file in parquet_files.files(self._folder):
            if file not in self._read:
                dates = pq.read_table(file, columns=["date"])["date"]
                self._dates.update(dates.unique().to_pylist())
                self.rows += len(dates)
                self._read.add(file)
