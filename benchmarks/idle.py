"""`./run_benchmarks.sh idle [--mode native|docker] [--rates 20,1000,0]`: cores and memory of a stack with little to do.

The stack runs with all jobs of its source. Its rate is changed live, as a user changes it; at 0 rows/s the stream is
stopped. At each rate, after two minutes, the CPU time of every process is counted for a minute, and its memory is read
at the end (proportional set size, so that shared pages count once). Then Telegraf does the same at the same rates, with
a broker, an influxd and a sender. Nothing else should run on the machine: the line `others` shows what did.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from benchmarks.contenders.catalogue import Telegraf
from benchmarks.time_order import make_file
from benchmarks.write.processes import running
from benchmarks.write.servers import broker, first_place, load, sender, store
from benchmarks.write.watch import machine_cpu_seconds
from testing.throwaway_stack import MODES, Environment, machine, prepared, started

COMPONENTS = {
    "kafka.Kafka": "Kafka", "influxd": "InfluxDB", "master.Master": "Spark master", "worker.Worker": "Spark workers",
    "CoarseGrained": "executors", "pyspark.daemon": "Python workers", "pyspark.worker": "Python workers",
    "rain.training": "training", "pyspark-shell": "training", "spark_app": "application", "SparkSubmit": "application",
    "-m datastream": "streamer",
    "supervisord": "supervisor", "viewer": "dashboards", "grafana": "dashboards", "benchmarks.write.load": "sender",
    "telegraf": "Telegraf",
}  # fmt: skip
"""Word of a command line → component. The first that is found counts, as the sender's topic is named after Telegraf."""
STATIONS = 50
COPIES = 6
"""Copies of the shipped file, which then lasts for some minutes at 1,000 rows/s."""


@dataclass
class Usage:
    """CPU seconds and bytes of one component."""

    cpu: float = 0.0
    memory: float = 0.0


@dataclass(frozen=True)
class Process:
    """What a process has used so far. Its CPU seconds include those of its children that have ended."""

    component: str
    parent: int
    cpu: float
    memory: float


def component_of(process: psutil.Process) -> str:
    """The component that a process of a stack belongs to. Raise psutil.Error if it has ended."""
    line = " ".join(process.cmdline())
    return next((component for word, component in COMPONENTS.items() if word in line), "others of the stack")


def snapshot(belongs: Callable[[psutil.Process], bool]) -> dict[int, Process]:
    """The processes of a stack by their process id."""
    found: dict[int, Process] = {}
    for process in psutil.process_iter():
        try:
            if not belongs(process):
                continue
            name = component_of(process)
            times, memory = process.cpu_times(), process.memory_full_info().pss
            cpu = times.user + times.system + times.children_user + times.children_system
            found[process.pid] = Process(name, process.ppid(), cpu, memory)
        except psutil.Error:
            continue
    return found


def difference(before: Mapping[int, Process], after: Mapping[int, Process]) -> dict[str, Usage]:
    """What each component used between two snapshots.

    What a process that has ended used before the first one is subtracted from its parent, which has it now.
    """
    spent = {pid: process.cpu - (before[pid].cpu if pid in before else 0.0) for pid, process in after.items()}
    for pid, ended in before.items():
        if pid not in after and ended.parent in spent:
            spent[ended.parent] = max(0.0, spent[ended.parent] - ended.cpu)
    used: dict[str, Usage] = {}
    for pid, process in after.items():
        usage = used.setdefault(process.component, Usage())
        usage.cpu += spent[pid]
        usage.memory += process.memory
    return used


def of_home(home: str) -> Callable[[psutil.Process], bool]:
    """Whether a process belongs to the native stack with this STACK_HOME."""
    return lambda process: any(home in text for text in (*process.cmdline(), *process.environ().values()))


def of_containers(process: psutil.Process) -> bool:
    """Whether a process runs in a container."""
    return bool(re.search(r"docker[/-][0-9a-f]{12}", Path(f"/proc/{process.pid}/cgroup").read_text(encoding="utf-8")))


def measured(belongs: Callable[[psutil.Process], bool], seconds: float) -> tuple[dict[str, Usage], float]:
    """What each component used in these seconds, and the CPU seconds of everything else on the machine."""
    before, machine_before = snapshot(belongs), machine_cpu_seconds()
    time.sleep(seconds)
    after, machine_after = snapshot(belongs), machine_cpu_seconds()
    used = difference(before, after)
    return used, max(0.0, machine_after - machine_before - sum(usage.cpu for usage in used.values()))


def show(title: str, used: Mapping[str, Usage], others: float, seconds: float) -> None:
    """Print a line per component, and the sum."""
    print(f"\n{title}: cores, MiB")
    for name, usage in sorted(used.items(), key=lambda item: -item[1].cpu):
        print(f"  {name:<20} {usage.cpu / seconds:6.3f} {usage.memory / 2**20:7.0f}")
    cpu, memory = (sum(getattr(usage, key) for usage in used.values()) for key in ("cpu", "memory"))
    print(f"  {'sum':<20} {cpu / seconds:6.3f} {memory / 2**20:7.0f}")
    print(f"  {'others':<20} {others / seconds:6.3f}", flush=True)


def stack(options: argparse.Namespace) -> None:
    """Measure this project's stack at each rate."""
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        data = Path(folder) / "H_00_copies.csv.gz"
        make_file(data, COPIES)
        with (
            prepared(options.mode) as environment,
            started(options.mode, environment | {"METEO_DATA": str(data)}) as up,
        ):
            belongs = of_home(up["STACK_HOME"]) if options.mode == "native" else of_containers
            for rate in options.rates:
                set_rate(up, rate)
                time.sleep(options.warm_up)
                used, others = measured(belongs, options.seconds)
                show(f"this stack, {options.mode}, {rate} rows/s", used, others, options.seconds)


def set_rate(environment: Environment, rate: int) -> None:
    """Change the rate of the stream as a user does; 0 stops it."""
    streamer = f"http://127.0.0.1:{environment['DATASTREAM_FLASK_PORT']}"
    if rate == 0:
        requests.post(f"{streamer}/stop_streaming", timeout=60).raise_for_status()
        return
    requests.post(f"{streamer}/time_delta", data={"t_delta": 1 / rate}, timeout=10).raise_for_status()
    requests.post(f"{streamer}/start_streaming", timeout=60)


def telegraf(options: argparse.Namespace) -> None:
    """Measure Telegraf at each rate, between a broker with a sender and an influxd."""
    with tempfile.TemporaryDirectory(prefix="weather-", ignore_cleanup_errors=True) as folder:
        first = first_place(Path(folder))
        with broker(first):
            for rate in options.rates:
                place = first.another(f"telegraf-{rate}", KAFKA_TOPIC=f"telegraf-{rate}")
                load(place, place.kafka.topic, ["--stations", str(STATIONS)], STATIONS)
                with store(place, {}):
                    programs = Telegraf().components(place)  # they need the token that the store has now
                    if rate:
                        count = int(rate * (options.warm_up + options.seconds + 5))
                        numbers = range(STATIONS, STATIONS + count)
                        programs.append(sender(place, numbers, rate, ["--stations", str(STATIONS)]))
                    with running(programs, place.home / "logs"):
                        time.sleep(options.warm_up)
                        used, others = measured(of_home(folder), options.seconds)
                show(f"Telegraf, {rate} rows/s", used, others, options.seconds)


def main() -> int:
    """Print a table for each rate."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=MODES, default="native")
    parser.add_argument("--rates", type=lambda text: [int(rate) for rate in text.split(",")], default=[20, 1000, 0])
    parser.add_argument("--seconds", type=float, default=60.0, help="seconds of each measurement (default: 60)")
    parser.add_argument("--warm-up", type=float, default=120.0, help="seconds before it (default: 120)")
    parser.add_argument("--only", choices=("stack", "telegraf"), help="measure only one of the two")
    options = parser.parse_args()
    print(machine())
    if options.only != "telegraf":
        stack(options)
    if options.only != "stack":
        telegraf(options)
    return 0


if __name__ == "__main__":
    sys.exit(main())
