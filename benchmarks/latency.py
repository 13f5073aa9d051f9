"""`./run_benchmarks.sh latency`: milliseconds from `send` until a query shows the reading.

A producer with the streamer's linger sends readings at 20, 1,000 and 5,000 rows/s, one measurement after the other,
each into an empty influxd. Meanwhile a query reads the latest point of each station every 20 ms. The latency of a
reading ends with the first answer that shows it. Readings of the first seconds only warm up. The contenders are this
project's application, with only the job of the write path and with all jobs of the source, and Telegraf with two flush
intervals. The exit status is 1 unless every reading has become exactly one point. Sender and query run on the same
machine as everything else, so that the results include their load.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from array import array
from typing import Any

from benchmarks.contenders.catalogue import Contender, Ours, Telegraf
from benchmarks.contenders.telegraf import Batches
from benchmarks.write import options as shared
from benchmarks.write.bench import Bench, bench
from benchmarks.write.measure import settled
from benchmarks.write.prober import Prober
from benchmarks.write.processes import running
from benchmarks.write.readable import latencies, summary
from benchmarks.write.readings import make
from benchmarks.write.servers import Place, Store, sender, store
from datastream.kafka.publisher import LINGER_MS
from stack.common.steps import StepFailed, fail, say, wait_until
from testing.throwaway_stack import machine
from weather.errors import StackError

NAMES = ["ours", "ours_all_jobs", "telegraf_1s", "telegraf_200ms"]
START_TIMEOUT = 180.0
END_TIMEOUT = 30.0


def main() -> int:
    """Print one line per measurement."""
    options = arguments()
    shared.prepare(options)
    print(machine(), flush=True)
    known = contenders()
    found: dict[str, dict[str, list[dict[str, float]]]] = {}
    try:
        with bench(options) as shop:
            for number in range(options.rounds):
                for rate in options.rates:
                    for name in options.only:
                        figures = one(shop, known[name], f"{name}-{rate}-{number}", rate, options)
                        found.setdefault(str(rate), {}).setdefault(name, []).append(figures)
                        say(f"{rate:>6} rows/s {name:<16} " + ", ".join(f"{n} {v:g}" for n, v in figures.items()))
    except StackError as error:
        return fail(error)
    medians = {r: {n: middle(rounds) for n, rounds in by_name.items()} for r, by_name in found.items()}
    print("\n" + table(medians))
    conditions = shared.conditions(options, machine())
    shared.write_json(options, {"latency": medians, "conditions": conditions, "rounds": found})
    return 0


def contenders() -> dict[str, Contender]:
    """The contenders whose latency is measured."""
    everyone: list[Contender] = [
        Ours(),
        Ours(name="ours_all_jobs", jobs=""),
        Telegraf(Batches(flush_interval="1s"), "telegraf_1s"),
        Telegraf(Batches(flush_interval="200ms"), "telegraf_200ms"),
    ]
    return {contender.name: contender for contender in everyone}


def one(shop: Bench, contender: Contender, name: str, rate: int, options: argparse.Namespace) -> dict[str, float]:
    """The metrics of one contender at one rate. It runs once the first readings, one per station, are in the store."""
    place = shop.place_for(name, name)
    shop.load(name, options.stations, options.stations)
    with store(place, shop.influxd) as filled, running(contender.components(place), place.home / "logs") as processes:

        def ended() -> str:
            return next((process.name + " has ended" for process in processes if process.status is not None), "")

        wait_until(
            f"first points of {contender.name}",
            lambda: "" if filled.points() >= options.stations else "none yet", START_TIMEOUT, ended,
        )  # fmt: skip
        warm_up = int(rate * options.warm_up)
        rows = warm_up + min(options.rows, int(rate * options.seconds))
        return sent_and_seen(place, filled, rate, range(options.stations, options.stations + rows), warm_up, options)


def sent_and_seen(
    place: Place, filled: Store, rate: int, numbers: range, warm_up: int, options: argparse.Namespace
) -> dict[str, float]:
    """Send these readings at `rate`. Return the latencies of those after the warm-up."""
    readings = make(options.kind, options.stations)
    places = [readings.place(number) for number in numbers]
    prober = Prober(filled, places[0][1])
    arguments = ["--kind", options.kind, "--stations", str(options.stations), "--linger-ms", str(options.linger_ms)]
    sending_at_rate = sender(place, numbers, rate, [*arguments, "--times", str(place.home / "times")])
    with running([sending_at_rate], place.home / "logs") as [sending]:
        prober.ask_until(dict(places), sending)
        wait_until("the sender's end", lambda: "" if sending.status == 0 else "not yet", END_TIMEOUT)
    sent = array("d", (place.home / "times").read_bytes())
    points = settled(filled, numbers.stop)
    if points != numbers.stop:
        raise StepFailed(f"{points} points instead of {numbers.stop}")
    delays = latencies([(*known, at) for known, at in zip(places, sent, strict=True)][warm_up:], prober.answers)
    achieved = (len(sent) - 1) / (sent[-1] - sent[0])
    return summary(delays) | {
        "rows": len(delays),
        "achieved_rows_per_s": round(achieved, 1),
        "asked_every_ms": round(1000 * statistics.median(prober.gaps), 1),
    }


def middle(rounds: list[dict[str, float]]) -> dict[str, float]:
    """The median of each metric over the rounds."""
    return {name: statistics.median(figures[name] for figures in rounds) for name in rounds[0]}


def table(medians: dict[str, dict[str, dict[str, Any]]]) -> str:
    """One line per rate and contender."""
    lines = [f"{'rows/s':>6} {'':<16} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'max ms':>8} {'sent/s':>8}"]
    for rate, by_name in medians.items():
        for name, figures in by_name.items():
            shown = [figures[key] for key in ("p50_ms", "p95_ms", "p99_ms", "max_ms", "achieved_rows_per_s")]
            lines.append(f"{rate:>6} {name:<16} " + " ".join(f"{figure:>8.0f}" for figure in shown))
    return "\n".join(lines)


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = shared.parser(__doc__)
    parser.add_argument("--rates", type=shared.several, default=[20, 1000, 5000], help="rows/s (default: 20,1000,5000)")
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds of each measurement (default: 60)")
    parser.add_argument("--warm-up", type=float, default=20.0, help="seconds of warm-up before it (default: 20)")
    parser.add_argument("--rows", type=shared.positive, default=10**9, help="maximum number of rows per measurement")
    parser.add_argument(
        "--rounds", type=shared.positive, default=1, help="measurements per rate and contender (default: 1)"
    )
    parser.add_argument("--only", type=shared.names(NAMES), default=NAMES, metavar="A,B", help=", ".join(NAMES))
    linger = f"the producer's linger (default: {LINGER_MS}, the streamer's)"
    parser.add_argument("--linger-ms", type=int, default=LINGER_MS, help=linger)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
