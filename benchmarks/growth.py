"""`./run_benchmarks.sh growth`: rows/s and memory with more stations, stored points, backlog or workers.

  stations  50, 500 and 5,000 stations in the topic, each into an empty store
  stored    one store that already holds 1, 5 and 20 million points, after it has compacted them
  backlog   a topic of 5 million messages drained at once: rows/s, and the memory of each part meanwhile
  workers   Spark's own master with 1 and 2 workers

`--only` chooses parts; options set the sizes. The metrics are those of benchmarks.write_path. A wrong count of points
is an error. A station has one reading per hour, so few stations mean many weeks, and InfluxDB keeps one shard per
week: 20 million readings of 50 stations would cover 45 years. Parts that do not vary the stations have 500.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

from benchmarks.contenders.catalogue import Contender, Ours, contenders
from benchmarks.write import options as shared
from benchmarks.write import report
from benchmarks.write.bench import Bench, bench
from benchmarks.write.fill import fill
from benchmarks.write.measure import Measurement, measure
from benchmarks.write.processes import Running
from benchmarks.write.readings import make
from benchmarks.write.servers import store
from stack.common.steps import fail, say
from testing.throwaway_stack import machine
from weather.errors import StackError

QUIET_FOR, QUIET_CPU_SECONDS, QUIET_TIMEOUT = 5.0, 0.25, 600.0
CONTENDERS = ["ours", "telegraf", "quix", "client_batching"]


def stations(shop: Bench, chosen: list[Contender], options: argparse.Namespace) -> Iterator[Measurement]:
    """The same number of messages from more and more stations; the cases take turns."""
    for count in options.station_counts:
        shop.load(f"stations-{count}", options.rows, count)
    for number in range(options.rounds):
        for count in options.station_counts:
            for contender in chosen:
                topic = f"stations-{count}"
                place = shop.place_for(f"{contender.name}-{topic}-{number}", topic)
                yield labelled(shop.measure(contender, place, options.rows), f"{count} stations")


def stored(shop: Bench, chosen: list[Contender], options: argparse.Namespace) -> Iterator[Measurement]:
    """Messages that are written to a store that already holds more and more points."""
    readings = make(options.kind, options.stations)
    for contender in chosen:
        here = shop.place_for(f"{contender.name}-stored", "none")
        with store(here, shop.influxd) as growing:
            held = 0
            for level in options.stored:
                if level > held:
                    fill(here.influxdb, readings, range(held, level))
                    held = level
                    until_quiet(growing.process)
                for number in range(options.rounds):
                    topic = f"{contender.name}-{level}-{number}"
                    shop.load(topic, options.rows, options.stations, held)
                    place = here.another(topic, KAFKA_TOPIC=topic).beside(here)
                    found = measure(contender, place, growing, shop.broker, options.rows)
                    yield labelled(found, f"after {level:,}")
                    held += options.rows


def until_quiet(process: Running) -> None:
    """Return when a process is almost idle, because influxd keeps compacting for a while after it was filled."""
    end = time.monotonic() + QUIET_TIMEOUT
    used = QUIET_CPU_SECONDS
    while used >= QUIET_CPU_SECONDS and time.monotonic() < end:
        before = process.cpu_seconds()
        time.sleep(QUIET_FOR)
        used = process.cpu_seconds() - before


def backlog(shop: Bench, chosen: list[Contender], options: argparse.Namespace) -> Iterator[Measurement]:
    """A topic that has grown while no consumer read it."""
    shop.load("backlog", options.backlog, options.stations)
    for number in range(options.rounds):
        for contender in chosen:
            place = shop.place_for(f"{contender.name}-backlog-{number}", "backlog")
            yield labelled(shop.measure(contender, place, options.backlog), "backlog")


def workers(shop: Bench, chosen: list[Contender], options: argparse.Namespace) -> Iterator[Measurement]:
    """Spark's own master with more and more workers; only this project's application uses them."""
    shop.load("workers", options.rows, options.stations)
    for number in range(options.rounds):
        for count in options.workers:
            place = shop.place_for(f"workers-{count}-{number}", "workers")
            yield labelled(shop.measure(Ours(workers=count), place, options.rows), f"{count} workers")


PARTS: dict[str, Callable[[Bench, list[Contender], argparse.Namespace], Iterator[Measurement]]] = {
    "stations": stations,
    "stored": stored,
    "backlog": backlog,
    "workers": workers,
}


def main() -> int:
    """Print each measurement, then a table for each part."""
    options = arguments()
    shared.prepare(options)
    print(machine(), flush=True)
    known = contenders()
    chosen = [known[name] for name in options.contenders]
    found: dict[str, list[Measurement]] = {part: [] for part in options.only}
    failed = False
    for part, measurements in found.items():
        try:
            with bench(options) as shop:
                for measurement in PARTS[part](shop, chosen, options):
                    say(report.line(measurement))
                    measurements.append(measurement)
                    failed |= not measurement.is_complete
        except StackError as error:
            fail(error)
            failed = True
    for part, measurements in found.items():
        print(f"\n{part}\n{report.table(measurements, list(report.by_contender(measurements)))}")
        print(report.memory_table(measurements))
    documents = {part: report.document(options.rows, measurements, {}) for part, measurements in found.items()}
    shared.write_json(options, {"conditions": shared.conditions(options, machine()), **documents})
    return 1 if failed else 0


def labelled(measurement: Measurement, label: str) -> Measurement:
    """The same measurement with its case in the name."""
    return replace(measurement, contender=f"{measurement.contender}, {label}")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = shared.parser(__doc__)
    parser.set_defaults(stations=500)
    parts, numbers = list(PARTS), shared.several
    parser.add_argument("--only", type=shared.names(parts), default=parts, metavar="A,B", help=", ".join(parts))
    parser.add_argument("--contenders", type=shared.names(CONTENDERS), default=["ours"], help=", ".join(CONTENDERS))
    parser.add_argument(
        "--rows", type=shared.positive, default=500_000, help="messages per measurement (default: 500,000)"
    )
    parser.add_argument("--rounds", type=shared.positive, default=1, help="measurements per case (default: 1)")
    parser.add_argument(
        "--station-counts", type=numbers, default=[50, 500, 5000], metavar="A,B", help="default: 50,500,5000"
    )
    parser.add_argument(
        "--stored", type=numbers, default=[1_000_000, 5_000_000, 20_000_000], metavar="A,B", help="points, ascending"
    )
    parser.add_argument(
        "--backlog", type=shared.positive, default=5_000_000, help="messages in the backlog (default: 5,000,000)"
    )
    parser.add_argument(
        "--workers", type=numbers, default=[1, 2], metavar="A,B", help="numbers of workers (default: 1,2)"
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
