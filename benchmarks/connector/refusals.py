"""`./run_benchmarks.sh connector.refusals`: the cost of finding the lines that InfluxDB rejects.

Of 100,000 lines in requests of 10,000, InfluxDB rejects 1 %, 10 % or every second one: their value has another type
than the field, or they do not parse. "Halving" is how the writer found them before it read InfluxDB's messages. It is
measured with one request of 10,000 lines, because it takes minutes. The benchmark starts its own influxd, which must
reject exactly the bad lines in each case. Needs the packages of the tests.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from spark_app.influxdb.store import connection
from spark_influxdb.write_api import Chunk, Refused, WriteApi
from testing.servers import running_influxdb
from testing.throwaway_stack import machine

LINES, IN_A_REQUEST = 100_000, 10_000
REASONS = {"another type": '"x"', "does not parse": "x"}
EVERY = (100, 10, 2)


class Halving(WriteApi):
    """Finds rejected lines without InfluxDB's message: it halves a rejected request until single lines remain."""

    def write(self, chunk: Chunk) -> list[tuple[int, str]]:
        """Write the lines. Return the numbers of those that InfluxDB rejects, each with its message."""
        return self._halved(chunk.lines(), 0)

    def _halved(self, lines: list[bytes], first: int) -> list[tuple[int, str]]:
        try:
            self._post(b"\n".join(lines))
        except Refused as refusal:
            if len(lines) == 1:
                return [(first, str(refusal))]
            half = len(lines) // 2
            return self._halved(lines[:half], first) + self._halved(lines[half:], first + half)
        return []


def chunks(name: str, value: str, every: int, number: int) -> list[Chunk]:
    """Requests with `number` lines in total, each `every`-th line with the bad value."""
    lines = [f"{name},station=A v={value if n % every == 0 else n + 0.5} {n}" for n in range(number)]
    return [Chunk("\n".join(lines[at : at + IN_A_REQUEST]).encode()) for at in range(0, number, IN_A_REQUEST)]


def measured(api: WriteApi, name: str, value: str, every: int, number: int) -> tuple[float, int]:
    """Seconds and requests for `number` lines."""
    began, refused = time.monotonic(), 0
    for chunk in chunks(name, value, every, number):
        found = api.write(chunk)
        assert [number % every for number, _ in found] == [0] * len(found)
        refused += len(found)
    assert refused == number // every, f"{refused} lines were refused"
    return time.monotonic() - began, api.requests


def main() -> int:
    """Print a table."""
    print(f"{machine()}; {LINES:,} lines in requests of {IN_A_REQUEST:,}\n")
    print("| reason | refused | requests | seconds | requests, halving 10,000 | seconds, halving 10,000 |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory(prefix="weather-") as name, running_influxdb(Path(name)) as store:
        place = connection(store.options)
        for reason, value in REASONS.items():
            for every in EVERY:
                cells = []
                for kind, number in ((WriteApi, LINES), (Halving, IN_A_REQUEST)):
                    measurement = f"m{len(reason)}_{every}_{kind.__name__}"
                    kind(place, "s").write(Chunk(f"{measurement},station=A v=0.5 {LINES}".encode()))
                    seconds, requests = measured(kind(place, "s"), measurement, value, every, number)
                    cells += [f"{requests:,}", f"{seconds:.1f}"]
                print(f"| {reason} | {100 / every:g} % | {' | '.join(cells)} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
