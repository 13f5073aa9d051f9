"""Processes of a benchmark: started, measured and ended together with all their children."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import psutil

from stack.common.steps import StepFailed, tail
from stack.native.supervision.component import Component

KILL_TIMEOUT = 10.0


class Running:
    """One running component."""

    def __init__(self, component: Component, log: Path) -> None:
        self.name = component.name
        self.log = log
        self._stop_seconds = component.stop_seconds
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                component.command, env=os.environ | component.environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=output, cwd=log.parent, start_new_session=True,
            )  # fmt: skip
        self._root = psutil.Process(self._process.pid)

    def cpu_seconds(self) -> float:
        """User and system CPU time so far, including children that live and those that it has waited for."""
        used = 0.0
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                used += times.user + times.system + times.children_user + times.children_system
        return used

    def memory(self) -> int:
        """Bytes now, including its children; shared pages count once (proportional set size)."""
        used = 0
        for process in self._family():
            with contextlib.suppress(psutil.Error):
                used += process.memory_full_info().pss
        return used

    @property
    def status(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._process.poll()

    def check(self) -> None:
        """Raise StepFailed with the end of its log if it has ended."""
        if (status := self.status) is not None:
            raise StepFailed(f"{self.name} has ended (exit status {status}); its log ends with:\n{tail(self.log)}")

    def end(self) -> None:
        """Terminate it. After its time to stop, kill it and its children if they still run."""
        family = self._family()
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(self._stop_seconds)
        for process in family:
            with contextlib.suppress(psutil.Error):
                process.kill()
        self._process.wait()
        psutil.wait_procs(family, timeout=KILL_TIMEOUT)

    def _family(self) -> list[psutil.Process]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.Error:
            return []


@contextmanager
def running(components: Sequence[Component], logs: Path, **changes: str) -> Iterator[list[Running]]:
    """Start these components in order, with `changes` to their environment. They end with the block, last first."""
    with ExitStack() as stack:
        started = []
        for component in components:
            changed = replace(component, environment=component.environment | changes)
            process = Running(changed, logs / f"{component.name}.log")
            stack.callback(process.end)
            started.append(process)
        yield started
