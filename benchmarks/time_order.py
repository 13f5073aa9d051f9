"""`./run_benchmarks.sh time_order [--copies N]`: seconds and memory to sort a large hourly file by time.

The file holds the shipped month N times under different station numbers. Needs the packages of the streamer.
"""

from __future__ import annotations

import argparse
import gzip
import os
import platform
import resource
import sys
import tempfile
import time
from pathlib import Path

from datastream.sources.meteofrance.source import MeteoFrance

SHIPPED = Path(__file__).resolve().parent.parent / "data" / "meteofrance" / "H_molene_201401.csv.gz"
MAX_COPIES = 100
"""The two digits for the department in a station number distinguish the copies."""


def make_file(target: Path, copies: int) -> None:
    """Write the shipped rows `copies` times, station by station as in the original."""
    header, *rows = gzip.decompress(SHIPPED.read_bytes()).splitlines(keepends=True)
    with gzip.open(target, "wb", compresslevel=1) as file:
        file.write(header)
        for copy in range(copies):
            file.writelines(b"%02d" % copy + row[2:] for row in rows)


def main() -> int:
    """Print rows, seconds to the first row, rows per second, and the peak memory."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=27, choices=range(1, MAX_COPIES + 1), metavar="N")
    copies = parser.parse_args().copies
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        data = Path(folder) / "H_00_copies.csv.gz"
        make_file(data, copies)
        source = MeteoFrance(data)
        started = time.monotonic()
        messages = source.messages()
        next(messages)
        first = time.monotonic() - started
        rows = 1 + sum(1 for _ in messages)
        total = time.monotonic() - started
        source.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    print(f"{rows} rows: first row after {first:.1f} s, {rows / total:.0f} rows/s overall, peak memory {peak:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
