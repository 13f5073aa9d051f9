"""The README's two commands on a Debian that has nothing: what the set-up installs or names is all that it takes."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from stack.native.install import Installation
from testing.environment import ROOT, eventually, settings_environment
from testing.running_stack import assert_same_points, expected_points
from tests.bare.machine import PROJECT, USER, BareMachine, bare_machine
from weather import settings

SUITES = ("bookworm", "trixie")
HOUR = 3600
DATA = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"

pytestmark = pytest.mark.timeout(2 * HOUR)


@pytest.fixture(params=SUITES)
def machine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BareMachine]:
    """A Debian of each suite, newly made."""
    assert os.geteuid() == 0, "a machine in a folder is made by root only"
    cache = Path(settings.Variables(settings_environment()).text("STACK_CACHE"))
    with bare_machine(request.param, tmp_path, cache) as made:
        yield made


def assert_weather_is_shown(machine: BareMachine) -> None:
    """The points so far are those of the file, the dashboards are served, and the second command says so."""
    got = machine.stack.points()
    assert len(got) > 0
    assert_same_points(got, expected_points(DATA).loc[got.index])
    page = f"http://127.0.0.1:{machine.stack.environment['GRAFANA_PORT']}"
    found = requests.get(f"{page}/api/dashboards", timeout=10).json()
    assert "Weather overview" in {entry["title"] for entry in found}
    assert len(requests.get(f"{page}/static/app.js", timeout=10).content) > 1_000_000


def assert_rows_are_counted(machine: BareMachine, **user: str) -> None:
    """./status.sh counts what job `meteo` wrote; the first points are there before their micro-batch has ended."""

    def counted() -> bool:
        return "points written: meteo " in machine.must("./status.sh", cwd=PROJECT, **user)

    eventually(counted, "./status.sh counts the points")


def test_as_root_the_two_commands_of_the_readme_run_to_their_end(machine: BareMachine) -> None:
    print(machine.must("./build_setup.sh", cwd=PROJECT))
    assert_rows_are_counted(machine)
    assert_weather_is_shown(machine)
    machine.must("./clean.sh", "--yes", cwd=PROJECT)


def test_an_influxd_on_the_path_spares_its_build(machine: BareMachine, tmp_path: Path) -> None:
    built = Installation(settings.Variables(settings_environment()), tmp_path / "install.log").influxd()
    shutil.copy2(built, machine.root / "usr" / "local" / "bin" / "influxd")
    print(machine.must("./build_setup.sh", cwd=PROJECT))
    assert not (machine.root / "usr" / "bin" / "rustc").exists(), "no compiler is installed"
    assert_weather_is_shown(machine)
    machine.must("./clean.sh", "--yes", cwd=PROJECT)


def test_another_user_gets_one_command_for_all_that_is_missing_and_then_they_run_too(machine: BareMachine) -> None:
    refused = machine.run("./build_setup.sh", user=USER, cwd=PROJECT)
    assert refused.returncode == 1 and "nothing was started, because:" in refused.stdout
    assert not (machine.root / "home" / USER / ".cache").exists()
    (line,) = re.findall(r"sudo apt-get update && sudo (apt-get install .*)", refused.stdout)
    machine.must("apt-get", "update")
    machine.must(*shlex.split(line))
    print(machine.must("./build_setup.sh", user=USER, cwd=PROJECT))
    assert_rows_are_counted(machine, user=USER)
    assert_weather_is_shown(machine)
    machine.must("./clean.sh", "--yes", user=USER, cwd=PROJECT)
