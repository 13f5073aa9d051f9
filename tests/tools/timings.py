"""A pytest plugin: how long the tests of each part took, in the last lines."""

from __future__ import annotations

from collections import Counter
from pathlib import PurePath

import pytest


class Timings:
    """Adds up the seconds of the tests by the folder in tests/."""

    def __init__(self) -> None:
        self._seconds: Counter[str] = Counter()
        self._tests: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Called by pytest for the set-up, the call and the teardown of each test."""
        part = "/".join(PurePath(report.nodeid.partition("::")[0]).parts[:2])
        self._seconds[part] += report.duration  # type: ignore[assignment]
        self._tests[part] += report.when == "call"

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Called by pytest at the end."""
        terminalreporter.section("seconds by part, added up over the processes")
        for part, seconds in self._seconds.most_common():
            terminalreporter.write_line(f"{seconds:8.1f} s  {self._tests[part]:5} tests  {part}")


def pytest_configure(config: pytest.Config) -> None:
    """Called by pytest."""
    if not hasattr(config, "workerinput"):  # in the process that prints, not in one that xdist has started
        config.pluginmanager.register(Timings())
