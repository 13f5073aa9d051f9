"""Writes each micro-batch as one Parquet file: first to a temporary file, which is then renamed.

Delivery promise: a repeated batch replaces its own file, and removes those of later batches, which are repeated after
it. So the files contain each row once. Readers see only complete files.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import DataFrame


def write(batch: DataFrame, folder: Path, stream: str, number: int) -> int:
    """Write a batch to a file named after its stream and number; none if it is empty. Return the number of rows."""
    rows = batch.repartition(1).toArrow()
    target = folder / f"{stream}-{number:06d}.parquet"
    for file in sorted(folder.glob(f"{stream}-*.parquet"), reverse=True):
        if file.name > target.name or (file.name == target.name and not rows.num_rows):
            file.unlink()
    if not rows.num_rows:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{target.name}.tmp"
    pq.write_table(rows, temporary)
    temporary.replace(target)
    return int(rows.num_rows)


def files(folder: Path) -> list[str]:
    """The Parquet files of a folder, sorted by name."""
    return sorted(str(file) for file in folder.glob("*.parquet"))
