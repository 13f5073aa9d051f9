"""The Docker engine of the tests: the machine's own if one answers, else one that is started for them as root.

`python -m testing.docker.engine` exits with 0 if there is one or one can be started; otherwise it prints the reason.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack import modes
from stack.common.steps import StepFailed, tail, wait_until
from tests.tools.go_programs import COMPOSE

START_TIMEOUT = 60.0
STOP_TIMEOUT = 60.0
PROGRAMS = ("dockerd", "docker", "debootstrap", "go")


@dataclass(frozen=True)
class Engine:
    """An engine that answers, and how its clients find it."""

    environment: Mapping[str, str]
    """What a client needs in addition to the environment of this process."""
    own: bool
    """Whether the tests started it. Such an engine cannot pull images, and its content may be removed."""

    def docker(self, *arguments: str) -> str:
        """The standard output of a docker command. Raise AssertionError with its output if it fails."""
        result = subprocess.run(["docker", *arguments], env=self.all(), capture_output=True, text=True)
        assert result.returncode == 0, f"docker {' '.join(arguments)}\n{result.stdout}\n{result.stderr}"
        return result.stdout

    def all(self) -> dict[str, str]:
        """The environment of a command that talks to this engine."""
        return {**os.environ, **self.environment}


@contextmanager
def running_engine() -> Iterator[Engine]:
    """Yield the machine's engine, else one that ends with the block. Raise StepFailed if none can be started."""
    if modes.docker_answers():
        yield Engine(environment={}, own=False)
        return
    if problem := _problem():
        raise StepFailed(problem)
    folder = Path(tempfile.mkdtemp(prefix="docker-"))
    process = _start(folder)
    engine = Engine(environment=_client(folder), own=True)
    try:
        wait_until("dockerd", lambda: _silence(engine), START_TIMEOUT, lambda: _last_words(process, folder))
        yield engine
        _remove_all(engine)
    finally:
        _stop(process, folder)


def _problem() -> str:
    """Why no engine can be started here; "" if it can be tried."""
    if os.geteuid() != 0:
        return "no Docker engine with Compose v2 answers, and only root can start one"
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    return f"no Docker engine with Compose v2 answers, and starting one needs {', '.join(missing)}" if missing else ""


def _start(folder: Path) -> subprocess.Popen[bytes]:
    """Start dockerd without changes to the machine's network: no default bridge, no firewall rules, no forwarding."""
    options = {
        "data-root": str(folder / "data"),
        "exec-root": str(folder / "exec"),
        "pidfile": str(folder / "dockerd.pid"),
        "hosts": [f"unix://{folder}/docker.sock"],
        "bridge": "none",
        "iptables": False,
        "ip-forward": False,
        "ip-masq": False,
    }
    configuration = folder / "daemon.json"
    configuration.write_text(json.dumps(options), encoding="utf-8")
    with (folder / "dockerd.log").open("ab") as log:
        return subprocess.Popen(["dockerd", "--config-file", str(configuration)], stdout=log, stderr=log)


def _client(folder: Path) -> dict[str, str]:
    """The environment of clients: the engine's socket, and a configuration folder with Compose as a plugin."""
    plugins = folder / "client" / "cli-plugins"
    plugins.mkdir(parents=True)
    (plugins / COMPOSE.name).symlink_to(COMPOSE.path())
    return {"DOCKER_HOST": f"unix://{folder}/docker.sock", "DOCKER_CONFIG": str(folder / "client")}


def _silence(engine: Engine) -> str:
    result = subprocess.run(["docker", "info"], env=engine.all(), capture_output=True, text=True)
    return result.stderr.strip() if result.returncode else ""


def _last_words(process: subprocess.Popen[bytes], folder: Path) -> str:
    return f"the process exited: {tail(folder / 'dockerd.log', 3)}" if process.poll() is not None else ""


def _remove_all(engine: Engine) -> None:
    """Remove all containers and networks before the engine ends, or their bridges would stay on the machine."""
    if containers := engine.docker("ps", "--all", "--quiet").split():
        engine.docker("rm", "--force", "--volumes", *containers)
    engine.docker("network", "prune", "--force")


def _stop(process: subprocess.Popen[bytes], folder: Path) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # The folder cannot be removed while something that the engine mounted (a network namespace) is in it.
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    for point in sorted((point for point in points if point.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", point], check=False)
    shutil.rmtree(folder)


def main() -> int:
    """Return 0 if Docker mode can be tested here; otherwise print the reason and return 1."""
    try:
        with running_engine():
            return 0
    except StepFailed as error:
        print(error)
        return 1


if __name__ == "__main__":
    sys.exit(main())
