"""`./run_benchmarks.sh memory [--mode native|docker] [--minutes N]`: memory of each component of a running stack.

The stack streams at its default rate of 20 rows/s. Native: proportional set size of each process, so that shared
pages count once. Docker: the memory usage that the engine reports for each container.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import time

import psutil

from testing.throwaway_stack import MODES, Environment, machine, prepared, started

UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
COMPONENTS = {
    "kafka.Kafka": "kafka", "influxd": "influxdb", "master.Master": "spark-master", "worker.Worker": "spark-worker",
    "CoarseGrained": "executors", "pyspark.daemon": "executors", "pyspark.worker": "executors",
    "spark_app": "spark-app", "SparkSubmit": "spark-app", "-m datastream": "datastream", "supervisord": "supervisor",
    "grafana": "grafana",
}  # fmt: skip
"""Word of a command line → component."""


def native(environment: Environment) -> dict[str, float]:
    """Component → bytes."""
    used: dict[str, float] = {}
    for process in psutil.process_iter(["cmdline", "environ"]):
        line = " ".join(process.info["cmdline"] or [])
        if not any(environment["STACK_HOME"] in text for text in (line, *(process.info["environ"] or {}).values())):
            continue
        name = next((component for word, component in COMPONENTS.items() if word in line), "others")
        used[name] = used.get(name, 0.0) + process.memory_full_info().pss
    return used


def docker(environment: Environment) -> dict[str, float]:
    """Container → bytes; the engine runs nothing else."""
    command = ["docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"]
    table = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    rows = re.findall(r"^weather-\w+?-([\w-]+) ([\d.]+)(\w+) /", table, re.MULTILINE)
    return {name: float(number) * UNITS[unit] for name, number, unit in rows}


def main() -> int:
    """Print one line per component, and the sum."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mode", choices=MODES, default="native")
    parser.add_argument("--minutes", type=float, default=2.0)
    options = parser.parse_args()
    print(f"{machine()}; {options.mode} mode, after {options.minutes:g} minutes")
    with prepared(options.mode) as environment, started(options.mode, environment) as running:
        time.sleep(60 * options.minutes)
        used = native(running) if options.mode == "native" else docker(running)
    for name, size in sorted(used.items()):
        print(f"{name:<20} {size / 2**20:6.0f} MiB")
    print(f"{'sum':<20} {sum(used.values()) / 2**30:6.2f} GiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
