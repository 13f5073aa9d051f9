"""The systemd unit: systemd's own check of it, and its commands."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from stack import service as service_module
from stack.common import home
from stack.common.environment import ROOT
from stack.service import Service
from testing.environment import settings_environment
from weather import settings
from weather.errors import SettingsError


@pytest.fixture
def variables(tmp_path: Path) -> settings.Variables:
    environment = settings_environment(
        STACK_HOME=str(tmp_path / "home"), HOME=str(tmp_path), PATH='/opt/a "b"/50%:/bin'
    )
    return settings.Variables(environment | {"XDG_CONFIG_HOME": str(tmp_path / "config")})


@pytest.mark.parametrize("is_root", [True, False])
def test_systemd_accepts_the_unit(variables: settings.Variables, tmp_path: Path, is_root: bool) -> None:
    service = Service(variables, is_root)
    file = tmp_path / service.name
    file.write_text(service.unit())
    assert shutil.which("systemd-analyze"), "systemd is installed for this test"
    manager = "--system" if is_root else "--user"
    command = ["systemd-analyze", "verify", manager, "--man=no", "--recursive-errors=no", str(file)]
    runtime = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, env=runtime, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_its_commands_are_scripts_of_the_project_and_it_follows_the_keeper(variables: settings.Variables) -> None:
    unit = configparser.ConfigParser(interpolation=None)
    unit.optionxform = str  # type: ignore[assignment, method-assign]
    unit.read_string(Service(variables).unit())
    for name in ("ExecStart", "ExecStop"):
        script, option = unit["Service"][name].split()
        assert option in subprocess.run([script, "--help"], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert unit["Service"]["PIDFile"] == f"{variables.text('STACK_HOME')}/run/keeper.pid"
    assert f'"STACK_HOME={variables.text("STACK_HOME")}"' in unit["Service"]["Environment"]
    assert '"PATH=/opt/a \\"b\\"/50%%:/bin"' in unit["Service"]["Environment"]


def test_a_users_unit_lies_in_the_users_configuration(variables: settings.Variables, tmp_path: Path) -> None:
    assert Service(variables, is_root=False).folder == tmp_path / "config" / "systemd" / "user"
    assert Service(variables, is_root=True).folder == Path("/etc/systemd/system")


def test_without_a_native_stack_or_systemd_it_says_why_there_is_no_unit(
    variables: settings.Variables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    service = Service(variables)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SettingsError, match="there is no systemctl"):
        service_module._check(variables, service)
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    with pytest.raises(SettingsError, match="there is no stack in"):
        service_module._check(variables, service)
    home.mark(service.home, "docker")
    with pytest.raises(SettingsError, match="Docker starts the containers"):
        service_module._check(variables, service)
    home.mark(service.home, "native")
    service_module._check(variables, service)


def test_paths_that_systemd_cannot_hold_are_refused(tmp_path: Path) -> None:
    spaces = settings.Variables(settings_environment(STACK_HOME=str(tmp_path / "my stack")))
    with pytest.raises(SettingsError, match="a path has spaces or quotes"):
        Service(spaces, is_root=False).install()
