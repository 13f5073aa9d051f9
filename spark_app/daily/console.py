"""Tables of micro-batches in the application's log (`./submit.sh --console`)."""

from __future__ import annotations

import sys

from pyspark.sql import DataFrame

MAX_ROWS = 100


def show(query: str, rows: DataFrame, number: int) -> None:
    """Print a batch as a table, under the query's name and the batch's number."""
    line = "-" * 43
    print(f"{line}\n{query}, batch: {number}\n{line}", flush=True)
    rows.show(MAX_ROWS, truncate=False)
    sys.stdout.flush()
