"""`python -m consumers.month_stats 0 2`: statistics of each month of the one place, into `partition-N.json`.

It reads topic `temperatures` keyed by the month. Delivery promise: each message counts exactly once, a day that a
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
    """Keep the statistics until SIGTERM, or for so many polls; 1 where it cannot go on."""
    parser = program.parser(PROGRAM, TEMPERATURES, "Keep statistics of each month of one place, in JSON.")
    return program.run(PROGRAM, parser.parse_args(arguments), keep_months)


def keep_months(task: program.Task) -> None:
    """Read the partitions into their files."""
    program.consume(task, task.partitions, lambda number: StatisticsFile(task.options.out, number, place_day, 2))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
