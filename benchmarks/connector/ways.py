"""`./run_benchmarks.sh connector.ways`: the connector beside the other ways from Spark to InfluxDB, and back.

Writing: the contenders of `write_path` that write a DataFrame, the connector in three ways, and Telegraf, which needs
no Spark. They take turns, round by round, each with an empty influxd. Reading: a store with the same readings, read
into a pandas DataFrame by the connector and by influxdb_client, again in turns: first two hours of them, then all. The
start of Spark's JVM does not count; that of its Python processes is part of the first read. Memory is the highest of
the reading processes. The exit status is 1 if a point or a row is missing.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from benchmarks.contenders.catalogue import MASTER, Contender, SparkProgram, contenders
from benchmarks.contenders.telegraf import batches
from benchmarks.write import options as shared
from benchmarks.write import report
from benchmarks.write.bench import Bench, bench, turns
from benchmarks.write.measure import Measurement, measure
from benchmarks.write.processes import running
from benchmarks.write.readings import make
from benchmarks.write.servers import Place, store
from stack.common.steps import StepFailed, fail, say, tail
from testing.throwaway_stack import machine
from weather.errors import StackError

WRITERS = ["per_row", "client_batching", "connector_rows", "connector_prepared", "connector_format", "telegraf"]
READERS = ["connector", "client"]
ALL, FEW = "readings", "few-readings"
MIB = 2**20
SAMPLE_EVERY = 0.5


@dataclass(frozen=True)
class Reading:
    """The result of one way to read."""

    way: str
    rows: int
    first_seconds: float
    seconds: float
    peak_bytes: int


def main() -> int:
    """Print each measurement, then both tables."""
    options = arguments()
    shared.prepare(options)
    print(machine(), flush=True)
    known = contenders(MASTER, batches({"metric_batch_size": "10000"}))
    written: list[Measurement] = []
    read: list[Reading] = []
    try:
        with bench(options) as shop:
            shop.load(ALL, options.rows, options.stations)
            shop.load(FEW, options.per_row_rows, options.stations)
            for number, name in turns(options.rounds, options.only):
                topic, rows = (FEW, options.per_row_rows) if name == "per_row" else (ALL, options.rows)
                written.append(shop.measure(known[name], shop.place_for(f"{name}-{number}", topic), rows))
                say(report.line(written[-1]))
            with filled(shop, known["connector_format"], options) as place:
                for number, way in turns(options.rounds, READERS):
                    read.append(reading(place, way, number, options))
                    say(f"read by {way}: {read[-1].rows} rows in {read[-1].seconds} s")
    except StackError as error:
        return fail(error)
    print("\n" + report.table(written, options.only) + "\n\n" + table(read))
    return 0 if all(m.is_complete for m in written) and {one.rows for one in read} == {options.read_rows} else 1


@contextmanager
def filled(shop: Bench, writer: Contender, options: argparse.Namespace) -> Iterator[Place]:
    """A place with a store that holds all readings."""
    place = shop.place_for("read", ALL)
    with store(place, shop.influxd) as empty:
        if not measure(writer, place, empty, shop.broker, options.rows).is_complete:
            raise StepFailed("the store that is to be read is not complete")
        yield place


def reading(place: Place, way: str, number: int, options: argparse.Namespace) -> Reading:
    """Read the first readings once, in a process of its own."""
    readings = make(options.kind, options.stations)
    times = [moment(readings.place(row)[1]) for row in (0, 2 * options.stations, options.read_rows)]
    [component] = SparkProgram(f"read-{way}-{number}", MASTER, ("read_back", way, *times)).components(place)
    peak = 0
    with running([component], place.home / "logs") as [process]:
        while process.status is None:
            peak = max(peak, process.memory())
            time.sleep(SAMPLE_EVERY)
    last = process.log.read_text(encoding="utf-8").splitlines()[-1]
    if process.status != 0:
        raise StepFailed(f"reading by {way} failed; its log ends with:\n{tail(process.log)}")
    return Reading(way, **json.loads(last), peak_bytes=peak)


def moment(seconds: int) -> str:
    """A time as Flux and the connector take it."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


def table(read: list[Reading]) -> str:
    """One line per way to read: medians of its rounds, and its highest memory."""
    lines = [f"{'read by':<12} {'rows':>9} {'first s':>8} {'seconds':>8} {'rows/s':>9} {'peak MiB':>9}"]
    for way in READERS:
        rounds = [one for one in read if one.way == way]
        seconds = statistics.median(one.seconds for one in rounds)
        first = statistics.median(one.first_seconds for one in rounds)
        peak = max(one.peak_bytes for one in rounds) / MIB
        rate = rounds[0].rows / seconds
        lines.append(f"{way:<12} {rounds[0].rows:>9} {first:>8.1f} {seconds:>8.1f} {rate:>9.0f} {peak:>9.0f}")
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = shared.parser(__doc__)
    shared.add_rows(parser)
    parser.add_argument(
        "--read-rows", type=shared.positive, default=200_000,
        help="rows to read, a multiple of --stations (default: 200,000)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=shared.positive, default=3, help="measurements of each (default: 3)")
    parser.add_argument(
        "--only", type=shared.names(WRITERS), default=WRITERS, metavar="A,B", help="write only by these"
    )
    options = shared.parsed(parser)
    if options.read_rows % options.stations or options.read_rows >= options.rows:
        parser.error("--read-rows must be a multiple of --stations, and less than --rows")
    return options


if __name__ == "__main__":
    sys.exit(main())
