"""`python -m benchmarks.first_point [--rounds N]`: seconds from ./build_setup.sh to the first point in InfluxDB.

Native mode, everything installed already, an empty store each round, free ports, a temporary folder.
"""

from __future__ import annotations

import argparse
import os
import platform
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORTS = (
    "DATASTREAM_FLASK_PORT", "KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "KAFKA_MONITOR_PORT", "SPARK_MASTER_PORT",
    "SPARK_UI_PORT", "SPARK_APP_UI_PORT", "INFLUXDB_PORT", "GRAFANA_PORT",
)  # fmt: skip


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def one_round() -> float:
    """Start an empty stack, stop and remove it; the seconds its start took."""
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        environment = {**os.environ, "STACK_HOME": f"{folder}/stack"}
        environment |= {name: str(free_port()) for name in PORTS}
        started = time.monotonic()
        command = [str(ROOT / "build_setup.sh"), "--native"]
        subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
        seconds = time.monotonic() - started
        subprocess.run([str(ROOT / "clean.sh"), "--yes"], env=environment, check=True, stdout=subprocess.DEVNULL)
    return seconds


def main() -> int:
    """Print each round and the median."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    rounds = parser.parse_args().rounds
    print(f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    figures = []
    for number in range(1, rounds + 1):
        figures.append(one_round())
        print(f"round {number}: {figures[-1]:.1f} s", flush=True)
    print(f"median of {rounds}: {statistics.median(figures):.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
