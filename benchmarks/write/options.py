"""The command-line options that the benchmarks of the write path share, and their effects."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.write.readings import KINDS


def parser(description: str | None) -> argparse.ArgumentParser:
    """A parser with the common options."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--kind", choices=KINDS, default=KINDS[0], help="kind of readings (default: %(default)s)")
    made.add_argument("--stations", type=positive, default=50, help="stations of all-fields readings (default: 50)")
    made.add_argument(
        "--influxd-env", action="append", default=[], metavar="NAME=VALUE", type=pair,
        help="variable of influxd for all contenders, such as GOGC=400; may be repeated",
    )  # fmt: skip
    made.add_argument("--cores", type=_cores, metavar="0,1", help="use these cores only (default: all)")
    made.add_argument("--json", metavar="FILE", help="also write the results to this file")
    return made


def add_rows(parser: argparse.ArgumentParser) -> None:
    """Add the options for the messages of a topic, and for those of the slow contender `per_row`; see `parsed`."""
    parser.add_argument("--rows", type=positive, default=500_000, help="messages in the topic (default: 500,000)")
    parser.add_argument("--per-row-rows", type=positive, default=5_000, help="messages for per_row (default: 5,000)")


def parsed(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """The command line of a parser with `add_rows`. `per_row` gets no more messages than the others."""
    options = parser.parse_args()
    options.per_row_rows = min(options.per_row_rows, options.rows)
    return options


def prepare(options: argparse.Namespace) -> None:
    """Limit this process to the chosen cores, and exit cleanly on SIGTERM."""
    if options.cores:
        os.sched_setaffinity(0, options.cores)

    def end(signal_number: int, frame: FrameType | None) -> None:
        sys.exit(128 + signal_number)

    signal.signal(signal.SIGTERM, end)


def write_json(options: argparse.Namespace, document: dict[str, Any]) -> None:
    """Write the results to the file that --json names, if any."""
    if options.json:
        Path(options.json).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


def conditions(options: argparse.Namespace, machine: str) -> dict[str, object]:
    """What the results depend on, for the JSON file."""
    chosen = {name: value for name, value in vars(options).items() if name != "json"}
    return {
        "machine": machine,
        **chosen,
        "influxd_env": dict(options.influxd_env),
        "cores": sorted(options.cores or ()),
    }


def positive(text: str) -> int:
    """A type for an option that takes a whole number above zero."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is not above zero")
    return number


def several(text: str) -> list[int]:
    """A type for an option that takes whole numbers above zero, separated by commas."""
    return [positive(number) for number in text.split(",")]


def names(known: list[str]) -> Callable[[str], list[str]]:
    """A type for an option that takes some of the known names, separated by commas."""

    def chosen(text: str) -> list[str]:
        wanted = text.split(",")
        if unknown := set(wanted) - set(known):
            raise argparse.ArgumentTypeError(f"{', '.join(sorted(unknown))}: choose from {', '.join(known)}")
        return [name for name in known if name in wanted]

    return chosen


def pair(text: str) -> tuple[str, str]:
    """A type for an option that takes NAME=VALUE."""
    name, sign, value = text.partition("=")
    if not name or not sign:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _cores(text: str) -> set[int]:
    return {int(number) for number in text.split(",")}
