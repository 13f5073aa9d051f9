"""Kills and stops parts of a running stack, and measures how long it takes until all of it is healthy again."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
from influxdb_client.rest import ApiException
from urllib3.exceptions import HTTPError

from testing.environment import eventually
from testing.running_stack import RunningStack, kill

VICTIMS = {
    "streamer": "-m datastream",
    "broker": "kafka.Kafka",
    "InfluxDB": "influxd --",
    "driver": "spark_app/main.py",
    "launcher": "spark_app.launch",
    "master": "master.Master",
    "worker": "worker.Worker",
    "executor": "CoarseGrainedExecutorBackend",
    "Python worker": "spark_app.python_daemon",
    "viewer": "grafana.viewer",
    "supervisor": "supervisor.supervisord",
}
"""Name → what its command line contains."""


class Healing:
    """The faults of one stack, and how long each took to heal."""

    def __init__(self, stack: RunningStack) -> None:
        self.stack = stack
        self.times: list[tuple[str, float]] = []

    def kill(self, names: list[str]) -> None:
        """kill -9 of all processes with these names at once. Return when the stack is healthy and its rows flow."""
        processes = [process for name in names for process in self.running(name)]
        victims = {process.pid for process in processes}
        started = time.monotonic()
        kill(processes)
        eventually(lambda: all(self.has_new(name, victims) for name in names), f"{', '.join(names)} run again")
        self.heals(f"kill -9 of {', '.join(names)}", started)

    def running(self, name: str) -> list[psutil.Process]:
        """The processes of a name. Wait until there is one."""
        eventually(lambda: bool(self.stack.processes(VICTIMS[name])), f"{name} runs")
        return self.stack.processes(VICTIMS[name])

    def has_new(self, name: str, victims: set[int]) -> bool:
        return bool({process.pid for process in self.stack.processes(VICTIMS[name])} - victims)

    def heals(self, fault: str, started: float) -> None:
        """Wait until the stack is healthy and a row goes through it. Note the seconds since `started`."""
        eventually(lambda: self.stack.run("./status.sh").returncode == 0, f"all is healthy after {fault}")
        before = -1

        def flows() -> bool:
            nonlocal before
            try:
                count = self.stack.count()
            except (HTTPError, ApiException):  # InfluxDB is just being restarted
                return False
            if before < 0:
                before = count
            return count > before or self.is_done()

        eventually(flows, f"rows flow after {fault}")
        self.times.append((fault, time.monotonic() - started))
        print(f"\n{fault}: healed after {self.times[-1][1]:.0f} s", flush=True)

    def is_done(self) -> bool:
        return bool(self.stack.status()["state"] == "finished")

    @contextmanager
    def stopped(self, name: str, seconds: float) -> Iterator[None]:
        """The processes of a name hang for so long; then they go on, and the stack heals."""
        processes = self.running(name)
        for process in processes:
            process.suspend()
        end = time.monotonic() + seconds
        try:
            yield
            eventually(lambda: time.monotonic() > end, "time passes")
        finally:
            for process in processes:
                process.resume()
        self.heals(f"{name} hangs for {seconds:.0f} s", time.monotonic())


def rounds(seed: int, count: int) -> list[list[str]]:
    """One to three victims for each round. Each name comes up once before any comes up twice."""
    chance = random.Random(seed)
    names: list[str] = []
    found = []
    for _ in range(count):
        size = chance.randint(1, 3)
        while len(names) < size:
            names += chance.sample(sorted(VICTIMS), len(VICTIMS))
        chosen, names = names[:size], names[size:]
        found.append(sorted(set(chosen)))
    return found
