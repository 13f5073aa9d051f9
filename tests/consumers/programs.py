"""Consumers started as programs of their own, ended or killed."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Mapping
from itertools import takewhile
from pathlib import Path

from testing.environment import ROOT, eventually, settings_environment
from testing.reports_sent import SentTopic

KILLED = -signal.SIGKILL


class Program:
    """One consumer, with the topic that it reads and the folder of its files."""

    def __init__(self, name: str, topic: SentTopic, out: Path, *more: str) -> None:
        self.name, self.topic, self.out = name, topic, out
        self._partitions = [int(word) for word in takewhile(str.isdigit, more)] or list(topic.log)
        self._arguments = [name, *more, "--bootstrap-servers", topic.servers, "--topic", topic.name, "--out", str(out)]

    def started(self, *more: str, point: str = "none", commits: int = 0) -> subprocess.Popen[str]:
        """The running program; with small polls, and dead by its own hand at a point."""
        command = [sys.executable, "-m", "tests.consumers.killed", point, str(commits), *self._arguments, *more]
        return subprocess.Popen(
            command, cwd=ROOT, env=settings_environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def ran(self, *more: str, point: str = "none", commits: int = 0) -> tuple[int, str]:
        """Exit code and errors of a run that ends by itself."""
        program = self.started(*more, point=point, commits=commits)
        _, errors = program.communicate(timeout=120)
        return program.returncode, errors

    def run_to_the_end(self) -> str:
        """Let it read all that is in the topic, then end it as a supervisor does; its log."""
        program = self.started()
        try:
            eventually(lambda: program.poll() is not None or self.is_at_the_end(), "all messages are kept")
            program.send_signal(signal.SIGTERM)
            _, errors = program.communicate(timeout=60)
        finally:
            program.kill()
        assert program.returncode == 0, errors
        return errors

    def is_at_the_end(self) -> bool:
        """Whether it has kept all that was sent to its partitions."""
        offsets, ends = self.offsets(), self.topic.ends
        return all(offsets[number] == ends[number] for number in self._partitions)

    def offsets(self) -> Mapping[int, int]:
        """Partition → the offset in its checkpoint."""
        return {number: offset(self.out, number) for number in self.topic.ends}


def load(folder: Path, partition: int) -> dict[str, object]:
    """A partition's checkpoint; empty where there is none."""
    try:
        document: dict[str, object] = json.loads((folder / f"partition-{partition}.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return document


def offset(folder: Path, partition: int) -> int:
    """The offset in a partition's checkpoint; 0 where there is none."""
    return int(str(load(folder, partition).get("offset", 0)))


def texts(folder: Path) -> dict[str, bytes]:
    """The files that others read, by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("partition-*.json"))}
