"""`./run_benchmarks.sh first_point [--mode native|docker] [--rounds N]`: seconds until InfluxDB has the first point.

Everything is already installed or built. Each round has an empty store, free ports and a temporary folder. CPU seconds
are those of the whole machine, so nothing else may run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from benchmarks.write.watch import machine_cpu_seconds
from testing.throwaway_stack import MODES, machine, prepared, started


def main() -> int:
    """Print each round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=MODES, default="native")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(f"{machine()}; {options.mode} mode")
    figures = []
    with prepared(options.mode) as environment:
        for number in range(1, options.rounds + 1):
            before, cpu_before = time.monotonic(), machine_cpu_seconds()
            with started(options.mode, environment):
                figures.append((time.monotonic() - before, machine_cpu_seconds() - cpu_before))
            print(f"round {number}: {told(*figures[-1])}", flush=True)
    print(f"median of {options.rounds}: {told(*(statistics.median(column) for column in zip(*figures, strict=True)))}")
    return 0


def told(seconds: float, cpu_seconds: float) -> str:
    return f"{seconds:.1f} s, {cpu_seconds:.1f} CPU s"


if __name__ == "__main__":
    sys.exit(main())
