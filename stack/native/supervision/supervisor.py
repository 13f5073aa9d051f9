"""The process supervisor (supervisor, from PyPI): its configuration file and its commands."""

from __future__ import annotations

import http.client
import os
import subprocess
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from stack.common.environment import ROOT
from stack.common.ports import is_alive
from stack.common.steps import StepFailed, wait_until, wait_until_of
from stack.native.supervision import keeper
from stack.native.supervision.component import Component
from stack.native.supervision.rpc import supervisor_at
from weather import files

DAEMON = """\
[unix_http_server]
file={socket}
chmod=0700

[supervisord]
logfile={logs}/supervisord.log
pidfile={run}/supervisord.pid
childlogdir={logs}
directory={home}
loglevel=info
minfds=1024

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://{socket}
"""

PROGRAM = """
[program:{name}]
command={command}
environment={environment}
autostart=false
autorestart={restart}
startsecs={start_seconds}
startretries=1000000
stopsignal=TERM
stopwaitsecs={stop_seconds}
stopasgroup={group}
killasgroup={group}
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=2
"""


START_TIMEOUT = 45
"""Seconds until supervisord answers; the orphans of a killed one are ended before."""


class Supervisor:
    """One supervisord per STACK_HOME. It keeps all of its state there and takes commands by XML-RPC over its socket."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._run = home / "run"
        self._logs = home / "logs"
        self._socket = self._run / keeper.SOCKET
        self._configuration = self._run / "supervisord.conf"
        self._once: set[str] = set()
        self._rpc: Any = supervisor_at(self._socket)

    def configure(self, components: list[Component]) -> None:
        """Write the configuration. A running supervisord stops components that have changed or are no longer in it."""
        self._once = {component.name for component in components if component.once}
        text = DAEMON.format(socket=self._socket, logs=self._logs, run=self._run, home=self._home)
        self._write(text + "".join(self._program(component) for component in components))

    def renew(self, component: Component) -> None:
        """Rewrite one component and stop it if it has changed; the others are left alone."""
        text = self._configuration.read_text(encoding="utf-8")
        before, mark, after = text.partition(f"\n[program:{component.name}]\n")
        if not mark:
            raise StepFailed(
                f"{self._configuration} has no program {component.name}: run ./build_setup.sh to recreate the file"
            )
        _, next_mark, others = after.partition("\n[program:")
        if (renewed := before + self._program(component) + next_mark + others) != text:
            self._write(renewed)

    def _program(self, component: Component) -> str:
        return PROGRAM.format(
            name=component.name,
            command=_escaped(" ".join(_quoted(word) for word in component.command)),
            environment=",".join(f'{k}="{_escaped(v)}"' for k, v in sorted(component.environment.items())),
            stop_seconds=component.stop_seconds,
            restart="false" if component.once else "true",
            start_seconds=0 if component.once else 2,
            group="false" if component.hand_on_signals else "true",
            logs=_escaped(str(self._logs)),
        )

    def _write(self, text: str) -> None:
        self._run.mkdir(parents=True, exist_ok=True)
        self._logs.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self._configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            os.fchmod(descriptor, 0o600)
            file.write(text)
        if self.is_running():
            self._take_up()

    def is_running(self) -> bool:
        """Whether supervisord of this STACK_HOME answers."""
        try:
            return bool(self._rpc.getState()["statename"])
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return False

    def start_daemon(self, python: Path, environment: dict[str, str]) -> None:
        """Start supervisord, and its keeper, unless it runs; its programs inherit `environment`."""
        if self.is_running():
            return
        self._want(())
        log = self._logs / "keeper.log"
        with log.open("ab") as output:
            command = [str(python), "-m", "stack.native.supervision.keeper", str(self._configuration)]
            process = subprocess.Popen(
                command, cwd=ROOT, env=environment,
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
        wait_until_of(
            log, "supervisor", lambda: "" if self.is_running() else "it does not answer", START_TIMEOUT,
            lambda: "" if process.poll() is None else "it ends at once",
        )  # fmt: skip

    def start(self, *names: str) -> None:
        """Start these programs; one that runs is left alone. Return at once, because health is checked elsewhere."""
        self._want({*keeper.wanted(self._run), *names} - self._once)
        states = self.states()
        for name in names:
            if states.get(name) not in ("RUNNING", "STARTING"):
                self._rpc.startProcess(name, False)

    def stop(self, name: str) -> None:
        """Stop a program, and return when it has ended."""
        self._want({*keeper.wanted(self._run)} - {name})
        if self.states().get(name) in ("RUNNING", "STARTING", "BACKOFF"):
            self._rpc.stopProcess(name, True)

    def states(self) -> dict[str, str]:
        """Program → its state (RUNNING, STOPPED, BACKOFF, …); empty if supervisord does not run."""
        return {name: info["statename"] for name, info in self._processes().items()}

    def pid(self) -> int:
        """supervisord's own process id."""
        return int(self._rpc.getPID())

    def shut_down(self, first: tuple[str, ...] = ()) -> None:
        """Stop the programs, those of `first` before the others, then supervisord. Return when all have ended."""
        if not self.is_running():
            return
        pids = [self.pid(), *self._keeper()]
        for name in first:
            self.stop(name)
        self._want(())
        self._rpc.stopAllProcesses(True)
        self._rpc.shutdown()
        wait_until("stopping", lambda: f"supervisor {pids} still runs" if any(map(is_alive, pids)) else "", 60)

    def orphans(self) -> list[int]:
        """The processes of a supervisord that was killed, and whose keeper was killed too."""
        return [] if self.is_running() else keeper.orphans(self._socket)

    def _want(self, names: Iterable[str]) -> None:
        """Note which programs are to run, so that the keeper starts them again."""
        files.replace(self._run / keeper.WANTED, "".join(f"{name}\n" for name in sorted(names)), durable=True)

    def _keeper(self) -> list[int]:
        """The keeper's process id, unless this supervisord was started without one, by an older version."""
        try:
            return [int((self._run / keeper.PID).read_text(encoding="ascii"))]
        except (FileNotFoundError, ValueError):
            return []

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def _processes(self) -> dict[str, dict[str, Any]]:
        try:
            return {info["name"]: info for info in self._rpc.getAllProcessInfo()}
        except (OSError, http.client.HTTPException, xmlrpc.client.Error):
            return {}

    def _take_up(self) -> None:
        """Apply the configuration file as `supervisorctl update` does."""
        added, changed, removed = self._rpc.reloadConfig()[0]
        for name in changed + removed:
            self._rpc.stopProcessGroup(name)
            self._rpc.removeProcessGroup(name)
        for name in changed + added:
            self._rpc.addProcessGroup(name)


def _quoted(word: str) -> str:
    """Quote a word for supervisor, which splits a command like a shell."""
    plain = word.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{plain}"' if not word or any(c in word for c in " '\"\\$*;") else word


def _escaped(text: str) -> str:
    """Double each %, because supervisor expands it."""
    return text.replace("%", "%%")


def misread(value: str) -> bool:
    """Whether supervisor's file format cannot hold a value: it has quotes, line breaks or the start of a comment."""
    return any(sign in value for sign in ('"', "'", "\n", "\r", " ;", " #"))
