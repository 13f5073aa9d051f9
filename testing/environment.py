"""What tests and benchmarks share: the checkout, free ports, the settings, and waiting for a condition."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WAIT_TIMEOUT = 600.0
"""Seconds that a condition may take: far more than needed, because other tests may keep the machine busy."""

PAUSE_PER_CHECK = 2.0
"""The pause between two checks of a condition, as a multiple of the time that a check takes."""

PACKAGES = (
    "weather", "datastream", "spark_app", "spark_influxdb", "consumers", "influxdb", "grafana", "stack", "benchmarks",
    "testing",
)  # fmt: skip
"""The packages of the checkout, except the tests."""

_given: set[int] = set()


def free_port() -> int:
    """A loopback port that is free now and was not returned before."""
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = int(probe.getsockname()[1])
        if port not in _given:
            _given.add(port)
            return port


def eventually(condition: Callable[[], bool], what: str, within: float = WAIT_TIMEOUT) -> None:
    """Return when `condition` holds; fail with `what` after `within` seconds.

    An expensive condition is checked less often, so that the test does not slow down what it waits for.
    """
    end = time.monotonic() + within
    while True:
        started = time.monotonic()
        if condition():
            return
        if time.monotonic() > end:
            pytest.fail(f"timed out after {within:g} s: {what}")
        time.sleep(min(max(0.05, PAUSE_PER_CHECK * (time.monotonic() - started)), 5.0))


def settings_environment(**changes: str) -> dict[str, str]:
    """The environment that settings.sh creates, with `changes`."""
    text = subprocess.run(
        ["bash", "-c", "STACK_DEFAULTS=1; . ./settings.sh && env -0"], cwd=ROOT, env={**os.environ, **changes},
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return dict(pair.split("=", 1) for pair in text.split("\0") if "=" in pair)


def python_files() -> list[Path]:
    """The Python files of the checkout, except generated ones."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.py"]
    listing = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listing.splitlines() if (ROOT / name).exists() and not name.endswith("_pb2.py")]
