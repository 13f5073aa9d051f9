"""`python -m stack.service install | remove | status`: a systemd unit that starts this stack at boot, in native mode.

As root the unit belongs to the system, otherwise to the user (`systemctl --user`). Docker mode needs none: its engine
starts the containers again.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from stack import modes
from stack.common import environment
from stack.common.environment import ROOT
from stack.common.steps import StepFailed, fail, run_main, say
from weather import files, settings
from weather.errors import SettingsError, StackError

UNIT = """\
[Unit]
Description=Weather stack in {home}
After=network-online.target
Wants=network-online.target

[Service]
Type=forking
Environment={environment}
WorkingDirectory={root}
ExecStart={root}/build_setup.sh --native
ExecStop={root}/clean.sh --keep-data
PIDFile={home}/run/keeper.pid
TimeoutStartSec={start_seconds}
TimeoutStopSec=180
Restart=on-failure
RestartSec=10

[Install]
WantedBy={target}
"""

START_SECONDS = 1800
"""A start that must build InfluxDB takes minutes."""


class Service:
    """The unit of one stack. `folder` is where systemd looks for units of this user."""

    def __init__(self, variables: settings.Variables, is_root: bool | None = None) -> None:
        self._variables = variables
        self.is_root = os.geteuid() == 0 if is_root is None else is_root
        self.home = Path(variables.text("STACK_HOME"))
        self.name = f"weather-{hashlib.sha256(str(self.home).encode()).hexdigest()[:8]}.service"

    @property
    def folder(self) -> Path:
        if self.is_root:
            return Path("/etc/systemd/system")
        given = self._variables.optional("XDG_CONFIG_HOME") or f"{self._variables.text('HOME')}/.config"
        return Path(given) / "systemd" / "user"

    @property
    def file(self) -> Path:
        return self.folder / self.name

    def unit(self) -> str:
        """The unit. The other settings are those that the last set-up kept."""
        given = self._variables.all()
        names = [name for name in ("PATH", "HOME", "XDG_CACHE_HOME", "JAVA_HOME", "STACK_HOME") if given.get(name)]
        return UNIT.format(
            home=_escaped(str(self.home)),
            root=_escaped(str(ROOT)),
            environment=" ".join(_quoted(f"{name}={given[name]}") for name in names),
            start_seconds=START_SECONDS,
            target="multi-user.target" if self.is_root else "default.target",
        )

    def control(self, *words: str) -> str:
        """The output of systemctl. Raise StepFailed if it fails."""
        command = ["systemctl", *([] if self.is_root else ["--user"]), *words]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise StepFailed(f"cannot run systemctl: {error.strerror}") from None
        if done.returncode:
            raise StepFailed(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}")
        return done.stdout

    def install(self) -> None:
        """Write the unit and enable it. A stack that runs already is left alone."""
        if any(sign in str(path) for sign in " \t\"'\\" for path in (ROOT, self.home)):
            raise SettingsError(
                f"systemd cannot start programs in {ROOT} with files in {self.home}: a path has spaces or quotes"
            )
        files.replace(self.file, self.unit())
        self.control("daemon-reload")
        self.control("enable", self.name)

    def remove(self) -> bool:
        """Disable the unit and remove it. The stack goes on. Return False if there was none."""
        if not self.file.exists():
            return False
        self.control("disable", self.name)
        self.file.unlink()
        self.control("daemon-reload")
        return True


def main(arguments: list[str]) -> int:
    """Return 0 if the command worked; for `status`, if the unit is there."""
    parser = argparse.ArgumentParser(
        prog="./service.sh", description="Start the stack at boot, in native mode, with systemd."
    )
    parser.add_argument("command", choices=("install", "remove", "status"))
    command = parser.parse_args(arguments).command
    try:
        variables = environment.variables()
        service = Service(variables)
        _check(variables, service)
        if command == "install":
            service.install()
            say(f"{service.file} starts this stack at boot")
            if not service.is_root:
                say("Until you log in, a user's units start only after `loginctl enable-linger`")
        elif command == "remove":
            say(f"{service.file} is removed" if service.remove() else "there was no unit of this stack")
        elif not service.file.exists():
            say("there is no unit of this stack: ./service.sh install")
            return 1
        else:
            state = service.control("show", "--property=UnitFileState,ActiveState,SubState", service.name).split()
            say(f"{service.file}: {', '.join(state)}")
    except StackError as error:
        return fail(error)
    return 0


def _check(variables: settings.Variables, service: Service) -> None:
    """Raise SettingsError if a unit makes no sense here."""
    if not shutil.which("systemctl"):
        raise SettingsError(
            "there is no systemctl: this machine does not use systemd. Run ./build_setup.sh at boot instead"
        )
    mode = modes.remembered(variables)
    if mode == "docker":
        raise SettingsError("Docker starts the containers again at boot, if its engine is enabled: no unit is needed")
    if not mode:
        raise SettingsError(f"there is no stack in {service.home} yet: run ./build_setup.sh --native first")


def _escaped(text: str) -> str:
    """Double each %, because systemd expands it."""
    return text.replace("%", "%%")


def _quoted(word: str) -> str:
    """An assignment as one word of a unit."""
    plain = _escaped(word).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"'


if __name__ == "__main__":
    run_main(main)
