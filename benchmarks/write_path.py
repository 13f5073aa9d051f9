"""`./run_benchmarks.sh write_path`: rows/s from a Kafka topic into InfluxDB, ours and the alternatives.

  per_row          the original's way: a Spark ForeachWriter with one synchronous request per row (fewer rows, in a
                   topic with one partition, as Kafka creates it automatically)
  client_batching  a Spark ForeachWriter that passes points to influxdb_client's background batching
  ours             this project's application, started as in native mode
  telegraf         Telegraf's kafka_consumer → influxdb_v2
  quix             Quix Streams with a batching InfluxDB v2 sink
  ceiling          ready-made lines sent to influxd over two connections

The contenders share one broker and, except per_row, one topic. Each measurement has an empty influxd with the same
settings. The contenders take turns, round by round. rows/s is the steady rate, between 20 % and 95 % of the points by
influxd's own counter; "with start" counts from the start of the contender's process. The exit status is 1 if a bucket
does not hold exactly one point per message. Needs the packages of requirements/tests.txt, and installs or builds the
rest on first use.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator

from benchmarks.contenders.catalogue import LINES, MASTER, Contender, contenders
from benchmarks.contenders.telegraf import batches
from benchmarks.write import options as shared
from benchmarks.write import report
from benchmarks.write.bench import Bench, bench, turns
from benchmarks.write.measure import Measurement
from benchmarks.write.readings import make
from stack.common.steps import fail, say
from testing.throwaway_stack import machine
from weather.errors import StackError

NAMES = ["per_row", "client_batching", "ours", "telegraf", "quix", "ceiling"]
ALL, FEW = "readings", "few-readings"


def main() -> int:
    """Print each measurement, then the table."""
    options = arguments()
    shared.prepare(options)
    print(machine(), flush=True)
    measurements: list[Measurement] = []
    failed = False
    try:
        known = contenders(options.master, batches(dict(options.telegraf)))
        with bench(options) as running:
            for outcome in rounds(running, [known[name] for name in options.only], options):
                if isinstance(outcome, Measurement):
                    measurements.append(outcome)
                    say(report.line(outcome))
                    failed |= not outcome.is_complete
                else:
                    failed = True
                    fail(outcome)
    except StackError as error:
        return fail(error)
    print("\n" + report.table(measurements, options.only))
    shared.write_json(options, report.document(options.rows, measurements, shared.conditions(options, machine())))
    return 1 if failed else 0


def rounds(running: Bench, chosen: list[Contender], options: argparse.Namespace) -> Iterator[Measurement | StackError]:
    """Measure every contender once per round, each round starting with another one. Yield the error if one fails."""
    told = prepare(running, options)
    for number, contender in turns(options.rounds, chosen):
        topic, rows = (FEW, options.per_row_rows) if contender.name == "per_row" else (ALL, options.rows)
        try:
            place = running.place_for(f"{contender.name}-{number}", topic, **told)
            yield running.measure(contender, place, rows)
        except StackError as error:
            yield error


def prepare(running: Bench, options: argparse.Namespace) -> dict[str, str]:
    """Load the topics and write the ready-made lines. Return the variables that name them for a contender."""
    readings = make(options.kind, options.stations)
    if any(name not in ("per_row", "ceiling") for name in options.only):
        running.load(ALL, options.rows, options.stations)
    if "per_row" in options.only:
        running.load(FEW, options.per_row_rows, options.stations, partitions=options.per_row_partitions)
    lines = running.place.home / "lines"
    if "ceiling" in options.only:
        with lines.open("w", encoding="utf-8") as file:
            file.writelines(readings.line(number) + "\n" for number in range(options.rows))
    size = sum(len(readings.message(number)[1]) for number in range(1000)) // 1000
    say(f"{options.rows} {options.kind} readings, {size} bytes of JSON each")
    return {LINES: str(lines)}


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = shared.parser(__doc__)
    shared.add_rows(parser)
    parser.add_argument(
        "--per-row-partitions", type=shared.positive, default=1, metavar="N",
        help="partitions of its topic (default: 1, as Kafka creates it for the original)",
    )  # fmt: skip
    parser.add_argument("--rounds", type=shared.positive, default=3, help="measurements per contender (default: 3)")
    parser.add_argument("--only", type=shared.names(NAMES), default=NAMES, metavar="A,B", help="measure only these")
    parser.add_argument(
        "--telegraf", action="append", default=[], metavar="NAME=VALUE", type=shared.pair,
        help="change a batch setting of Telegraf, such as metric_batch_size=3000; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--master", default=MASTER, help="Spark master of per_row and client_batching (default: %(default)s)"
    )
    options = shared.parsed(parser)
    return options


if __name__ == "__main__":
    sys.exit(main())
