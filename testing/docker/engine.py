"""The Docker engine of the tests: the machine's own if one answers, else one that is started for them as root.

An engine that is started for the tests keeps images and the cache of their builds in STACK_CACHE, as an engine of a
person's machine does. A second one beside it gets a temporary folder.

`python -m testing.docker.engine` exits with 0 if there is one or one can be started; otherwise it prints the reason.
"""

from __future__ import annotations

import fcntl
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
from testing.environment import settings_environment
from tests.tools.go_programs import COMPOSE

START_TIMEOUT = 60.0
STOP_TIMEOUT = 60.0
PROGRAMS = ("dockerd", "docker", "debootstrap", "go")
UNUSED_FOR = "72h"
"""What no build has used for so long is removed from the cache of the builds."""


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

    def images(self) -> dict[str, str]:
        """Tag → identifier of each image of the engine."""
        listed = self.docker("image", "ls", "--no-trunc", "--format", "{{.Repository}}:{{.Tag}} {{.ID}}").splitlines()
        return {tag: identifier for tag, _, identifier in (line.partition(" ") for line in listed)}

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
    with _data_root(folder) as (data, lock):
        process = _start(folder, data, lock)
        engine = Engine(environment=_client(folder), own=True)
        try:
            wait_until("dockerd", lambda: _silence(engine), START_TIMEOUT, lambda: _last_words(process, folder))
            _remove_all(engine)
            yield engine
            _remove_all(engine)
        finally:
            _stop(process, folder, data)


@contextmanager
def _data_root(folder: Path) -> Iterator[tuple[Path, int]]:
    """The folder of images and builds: in STACK_CACHE, or in `folder` if another engine uses that one; and a lock.

    The engine inherits the lock. One that outlives its tests keeps it, so that no second one writes there.
    """
    kept = Path(settings_environment()["STACK_CACHE"]) / "docker-engine"
    kept.mkdir(parents=True, exist_ok=True)
    with (kept / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            data = kept / "data"
        except BlockingIOError:
            data = folder / "data"
        yield data, lock.fileno()


def _problem() -> str:
    """Why no engine can be started here; "" if it can be tried."""
    if os.geteuid() != 0:
        return "no Docker engine with Compose v2 answers, and only root can start one"
    missing = [program for program in PROGRAMS if not shutil.which(program)]
    return f"no Docker engine with Compose v2 answers, and starting one needs {', '.join(missing)}" if missing else ""


def _start(folder: Path, data: Path, lock: int) -> subprocess.Popen[bytes]:
    """Start dockerd without changes to the machine's network: no default bridge, no firewall rules, no forwarding."""
    options = {
        "data-root": str(data),
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
        command = ["dockerd", "--config-file", str(configuration)]
        return subprocess.Popen(command, stdout=log, stderr=log, pass_fds=[lock])


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
    """Remove containers, networks, volumes and old builds. Bridges of networks would stay on the machine."""
    if containers := engine.docker("ps", "--all", "--quiet").split():
        engine.docker("rm", "--force", "--volumes", *containers)
    engine.docker("network", "prune", "--force")
    engine.docker("volume", "prune", "--force")
    engine.docker("image", "prune", "--force")
    engine.docker("builder", "prune", "--force", "--filter", f"until={UNUSED_FOR}")


def _stop(process: subprocess.Popen[bytes], folder: Path, data: Path) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_TIMEOUT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    # A folder cannot be removed while something that the engine mounted (a network namespace) is in it.
    points = [line.split()[1] for line in Path("/proc/self/mounts").read_text(encoding="utf-8").splitlines()]
    for point in sorted((point for point in points if point.startswith((f"{folder}/", f"{data}/"))), reverse=True):
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
