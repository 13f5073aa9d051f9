"""`python -m consumers.month_stats 0 2`: statistics of each month of the single place, in `partition-N.json`.

It reads topic `temperatures`, keyed by month. Delivery promise: each message counts exactly once, and a day that the
producer sent twice counts once.
"""

from __future__ import annotations

import sys

from consumers.exactly_once import program
from consumers.files.statistics_file import StatisticsFile
from consumers.kafka.reports import place_day
from weather.topics import TEMPERATURES

PROGRAM = "month_stats"


def main(arguments: list[str]) -> int:
    """Update the statistics until SIGTERM or for `--iterations` polls. Return 1 if it cannot continue."""
    parser = program.parser(PROGRAM, TEMPERATURES, "Store statistics of each month of the single place as JSON.")
    return program.run(PROGRAM, parser.parse_args(arguments), keep_months)


def keep_months(task: program.Task) -> None:
    """Consume the partitions into their statistics files."""
    program.consume(task, task.partitions, lambda number: StatisticsFile(task.options.out, number, place_day, 2))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
