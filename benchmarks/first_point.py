"""`./run_benchmarks.sh first_point [--mode native|docker] [--rounds N]`: seconds until InfluxDB has the first point.

Everything is already installed or built. Each round has an empty store, free ports and a temporary folder.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time

from testing.throwaway_stack import MODES, machine, prepared, started


def main() -> int:
    """Print each round and the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=MODES, default="native")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(f"{machine()}; {options.mode} mode")
    figures = []
    with prepared(options.mode) as environment:
        for number in range(1, options.rounds + 1):
            before = time.monotonic()
            with started(options.mode, environment):
                figures.append(time.monotonic() - before)
            print(f"round {number}: {figures[-1]:.1f} s", flush=True)
    print(f"median of {options.rounds}: {statistics.median(figures):.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
