"""Micro-batches as Parquet files, one each: written beside their place and moved there in one step.

Delivery promise: a batch that Spark repeats replaces its own file, so each row is in the files once. Readers see whole
files only.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import DataFrame


def write(batch: DataFrame, folder: Path, stream: str, number: int) -> int:
    """Write the batch as a file named after its stream and number, none where it is empty; the number of rows."""
    rows = batch.repartition(1).toArrow()
    if not rows.num_rows:
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{stream}-{number:06d}.parquet"
    temporary = folder / f".{target.name}.tmp"
    pq.write_table(rows, temporary)
    temporary.replace(target)
    return int(rows.num_rows)


def files(folder: Path) -> list[str]:
    """The Parquet files of a folder, by name."""
    return sorted(str(file) for file in folder.glob("*.parquet"))
