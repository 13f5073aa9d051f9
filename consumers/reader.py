"""`python -m consumers.reader`: the rows that `consumers.parquet` has committed, as one table.

A batch beyond its checkpoint is not read: its program was killed before it committed the batch, and will replace it.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from consumers.exactly_once import checkpoint
from consumers.files.archive import Archive, archive_at
from consumers.parquet import PROGRAM, SCHEMA
from weather import settings
from weather.errors import StackError


def committed_batches(folder: Path) -> dict[int, int]:
    """Partition → its last committed batch. Raise SetupError if a checkpoint is damaged."""
    found = {}
    for path in folder.glob("partition-*.json"):
        if (match := re.fullmatch(r"partition-(\d+)\.json", path.name)) and (document := checkpoint.load(path)):
            found[int(match[1])] = checkpoint.whole_number(document, "batch_id", path, least=-1)
    return dict(sorted(found.items()))


def table(folder: Path, archive: Archive) -> pa.Table:
    """All rows, sorted by partition and batch, with the columns station_id, date and degrees."""
    batches = [(partition, batch) for partition, last in committed_batches(folder).items() for batch in range(last + 1)]
    return pa.concat_tables([SCHEMA.empty_table(), *(archive.read(*batch) for batch in batches)])


def summary(rows: pa.Table) -> pa.Table:
    """Number of rows, first day, last day and average of each station."""
    groups = rows.group_by("station_id").aggregate(
        [("date", "count"), ("date", "min"), ("date", "max"), ("degrees", "mean")]
    )
    return groups.take(pc.sort_indices(groups, sort_keys=[("station_id", "ascending")]))


def main(arguments: list[str]) -> int:
    """Print one line per station, or all rows as CSV. Return 1 if the archive cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m consumers.reader", description="Read the archive as one table.")
    parser.add_argument("--out", type=Path, metavar="DIR", help=f"checkpoints; default: CONSUMERS_DIR/{PROGRAM}")
    parser.add_argument("--archive", metavar="URI", help="default: ARCHIVE_URI; if that is empty, --out")
    parser.add_argument("--csv", action="store_true", help="print all rows as CSV instead of one line per station")
    given = parser.parse_args(arguments)
    try:
        folder = given.out or settings.Consumers.load(settings.Variables()).folder / PROGRAM
        rows = table(
            folder, archive_at(given.archive or settings.Consumers.load(settings.Variables()).archive or str(folder))
        )
    except StackError as error:
        print(f"consumers.reader: {error}", file=sys.stderr)
        return 1
    if given.csv:
        rows.to_pandas().to_csv(sys.stdout, index=False)
    else:
        print("station rows first last average")
        for row in summary(rows).to_pylist():
            print(*(row[name] for name in ("station_id", "date_count", "date_min", "date_max", "degrees_mean")))
        print(f"{rows.num_rows} rows")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
