"""The settings of a machine where nothing is set, with all paths in the test's own folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from datastream.kafka import delivery
from datastream.replay import streamer
from testing.environment import ROOT
from testing.hourly_text import HEADER, line
from weather.settings import Variables


@pytest.fixture(scope="session")
def defaults() -> dict[str, str]:
    """What settings.sh sets where no variable of ours is set."""
    clean = {name: os.environ[name] for name in ("PATH", "HOME")}
    listing = subprocess.run(
        ["bash", "-c", "STACK_DEFAULTS=1; . ./settings.sh && env -0"],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(pair.split("=", 1) for pair in listing.stdout.split("\0") if pair)


@pytest.fixture
def hourly(tmp_path: Path) -> Path:
    """A small hourly file: two hours of one station."""
    path = tmp_path / "H_small.csv"
    path.write_bytes(HEADER + line("2014010100", T="1.5", QT="1") + line("2014010101", T="2.5", QT="1"))
    return path


@pytest.fixture
def environment(defaults: dict[str, str], tmp_path: Path, hourly: Path) -> dict[str, str]:
    """The default settings; whatever is written goes into the test's own folder."""
    own = {"STACK_HOME": tmp_path / "home", "STACK_CACHE": tmp_path / "cache", "METEO_DATA": hourly}
    return defaults | {name: str(path) for name, path in own.items()}


@pytest.fixture
def variables(environment: dict[str, str]) -> Variables:
    """The same, as the code reads it; a change of `environment` shows."""
    return Variables(environment)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The streamer tries again at once, and keeps its position after each row."""
    monkeypatch.setattr(delivery, "RETRY_AFTER", 0.001)
    monkeypatch.setattr(streamer, "SAVE_EVERY", 0.0)
