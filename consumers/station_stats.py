"""`python -m consumers.station_stats`: statistics of each station, from topic `stations` into `partition-N.json`.

Without arguments three workers share the partitions (0+1, 2+3 and 4+5 of six). If you name partitions, one worker
reads them. Delivery promise: each message counts exactly once, and a day that the producer sent twice counts once.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from consumers.exactly_once import program
from consumers.files.statistics_file import StatisticsFile
from consumers.kafka.reports import station_day
from weather.topics import STATIONS

PROGRAM = "station_stats"
WORKERS = 3


def main(arguments: list[str]) -> int:
    """Update the statistics until SIGTERM or for `--iterations` polls. Return 1 if it cannot continue."""
    parser = program.parser(PROGRAM, STATIONS, "Store statistics of each station as JSON.")
    return program.run(PROGRAM, parser.parse_args(arguments), share_out)


def share_out(task: program.Task) -> None:
    """Divide the partitions among workers. If one fails, the others end after a complete commit."""
    groups = [task.partitions] if task.options.partitions else shares(task.partitions, WORKERS)

    def work(partitions: Sequence[int]) -> None:
        try:
            program.consume(task, partitions, lambda number: StatisticsFile(task.options.out, number, station_day, 1))
        except BaseException:
            task.stop.set()
            raise

    with ThreadPoolExecutor(len(groups)) as workers:
        running = [workers.submit(work, group) for group in groups]
    for worker in running:
        worker.result()


def shares(partitions: Sequence[int], count: int) -> list[Sequence[int]]:
    """At most `count` groups of adjacent partitions, as equal in size as possible."""
    bounds = [len(partitions) * number // count for number in range(count + 1)]
    return [partitions[low:high] for low, high in itertools.pairwise(bounds) if high > low]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
