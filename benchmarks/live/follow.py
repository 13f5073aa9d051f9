"""`./run_benchmarks.sh live.follow [--copies N] [--hours N]`: what it costs to follow a department's hourly file.

A server on this machine publishes the shipped month N times under different station numbers, as many rows as years of a
department have, and then another version for each hour: new rows, corrections, a withdrawn row. Prints the seconds of
CPU time and the memory of the source for the history, a poll without a change, and a poll with an hour of changes.
Kafka has no part in it. Needs the packages of the streamer.
"""

from __future__ import annotations

import argparse
import gzip
import multiprocessing
import os
import platform
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

from benchmarks.time_order import MAX_COPIES, SHIPPED
from datastream.message import Item, Message, Pause
from datastream.sources.downloads.download import Downloads, Limits
from datastream.sources.follow.source import Followed
from datastream.sources.meteofrance.hourly_format import HourlyFormat
from testing.file_server import FileServer, serving
from weather.settings.locations import Location

NAME = "H_00_latest.csv.gz"
POLLS_PER_HOUR = 12
"""At STREAMING_FOLLOW=300."""


class Publication:
    """The file's rows by station and hour. The newest hours are held back."""

    def __init__(self, copies: int, hours: int) -> None:
        self._header, *rows = gzip.decompress(SHIPPED.read_bytes()).splitlines(keepends=True)
        self._rows = {
            (b"%02d" % copy + row[2:8], row.split(b";", 6)[5]): b"%02d" % copy + row[2:]
            for copy in range(copies)
            for row in rows
        }
        self._temperature = self._header.split(b";").index(b"T")
        moments = sorted({hour for _, hour in self._rows})
        self.to_come = moments[-hours:]
        self._until = moments[-hours - 1]

    def publish(self, server: FileServer) -> None:
        """Put the rows up to the present hour on the server, station by station."""
        body = b"".join(row for (_, hour), row in sorted(self._rows.items()) if hour <= self._until)
        server.put(NAME, gzip.compress(self._header + body, 1, mtime=0))

    def next_hour(self, hour: bytes) -> None:
        """The next hour appears, twenty temperatures of the days before are corrected, and one row is withdrawn."""
        self._until = hour
        past = [key for key in self._rows if key[1] < hour][-2000:]
        for key in past[:20]:
            cells = self._rows[key].split(b";")
            cells[self._temperature] = b"%.1f" % (float(cells[self._temperature] or 0) + 0.1)
            self._rows[key] = b";".join(cells)
        del self._rows[past[-1]]


def publish(orders: Connection, copies: int, hours: int) -> None:
    """The publisher's process: sends the address, then the next hour for each message until there is none left."""
    published = Publication(copies, hours)
    with serving() as server:
        published.publish(server)
        orders.send(server.address + NAME)
        for hour in published.to_come:
            orders.recv()
            published.next_hour(hour)
            published.publish(server)
            orders.send("")
        orders.recv()


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=24, choices=range(1, MAX_COPIES + 1), metavar="N")
    parser.add_argument("--hours", type=int, default=6, help="hours that appear one by one (default: 6)")
    options = parser.parse_args()
    ours, theirs = multiprocessing.Pipe()
    publisher = multiprocessing.Process(target=publish, args=(theirs, options.copies, options.hours), daemon=True)
    publisher.start()
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        downloads = Downloads(Path(folder, "downloads"), Limits(10**10, 600.0))
        location = Location(addresses=(ours.recv(),))
        source = Followed(lambda: [location], HourlyFormat(), downloads, Path(folder, "state"), 300.0)
        items = source.messages()
        rows, seconds = poll(items)
        print(f"history: {rows:,} rows in {seconds:.1f} CPU s, {memory():.0f} MB")
        unchanged = statistics.median(poll(items)[1] for _ in range(10))
        changed = []
        for _ in range(options.hours):
            ours.send("")
            ours.recv()
            changed.append(poll(items))
        source.close()
        ledger = sum(file.stat().st_size for file in Path(folder, "state").glob("ledger*"))
    ours.send("")
    seconds = statistics.median(seconds for _, seconds in changed)
    print(f"a poll without a change: {unchanged * 1000:.1f} ms of CPU time")
    print(f"a poll with a new hour: {statistics.median(rows for rows, _ in changed):,.0f} rows in {seconds:.2f} CPU s")
    share = (seconds + (POLLS_PER_HOUR - 1) * unchanged) / 3600
    print(f"with a new hour each hour: {100 * share:.2f} % of a core")
    print(f"peak memory {memory():.0f} MB; ledger {ledger / 1e6:.0f} MB")
    return 0


def poll(items: Iterator[Item]) -> tuple[int, float]:
    """The messages up to the end of the next poll, and the CPU seconds of this thread for them."""
    started, rows = time.thread_time(), 0
    for item in items:
        if isinstance(item, Message):
            rows += 1
        elif isinstance(item, Pause) and item.seconds:
            break
    return rows, time.thread_time() - started


def memory() -> float:
    """The peak memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    sys.exit(main())
