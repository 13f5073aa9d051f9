"""A machine that has nothing: a Debian in a folder, with mounts and processes of its own that end with it.

It reaches the package registries as this machine does. Its network is this machine's, so its ports are free ones.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stack.common.steps import run
from stack.native.cache import ensure
from testing.docker.base_images import APT, AUTHORITIES
from testing.environment import eventually
from testing.running_stack import RunningStack
from weather.settings import programs

PACKAGES = ("python3", "python3-venv", "git", "ca-certificates")
"""Beside the packages without which there is no Debian."""

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROJECT = "/srv/weather"
USER = "newcomer"

NETWORK_FILES = ("/etc/hosts", "/etc/resolv.conf", "/etc/pip.conf", "/etc/npmrc")
HOME_FILES = (".config/pip/pip.conf", ".npmrc", ".m2/settings.xml", ".cargo/config.toml")
REGISTRY_VARIABLE = re.compile(
    r"(?:https?|all|no)_proxy|pip_(?:index_url|extra_index_url|cert)|goproxy|gosumdb|gonosumdb|goprivate|"
    r"npm_config_.*|cargo_(?:registries|source|http)_.*|ssl_cert_(?:file|dir)|node_extra_ca_certs|"
    r"requests_ca_bundle|curl_ca_bundle|git_ssl_cainfo",
    re.IGNORECASE,
)
"""What tells clients of package registries where and how; nothing else of this environment goes in."""

INIT = """\
mount -t proc proc "$1/proc" && mount --rbind /sys "$1/sys" && mount --rbind /dev "$1/dev" || exit
touch "$1/run/ready"
while :; do sleep 999; done
"""
"""The first process of the machine: its mounts and all its processes end with it. It also reaps orphans."""


def pristine(suite: str, cache: Path) -> Path:
    """A Debian of this suite with PACKAGES, made once a machine by debootstrap."""

    def make(folder: Path) -> None:
        command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", suite, str(folder / "root")]
        run(f"Debian {suite}", command, cache / "install.log")

    return ensure(cache / f"debian-{suite}", make) / "root"


@dataclass(frozen=True)
class BareMachine:
    """A machine that runs; commands are given to it as to any other."""

    root: Path
    init: int
    environment: dict[str, str]
    stack: RunningStack
    """The project in it: for looking at it from outside, not for starting it."""

    def run(self, *command: str, user: str = "root", cwd: str = "/") -> subprocess.CompletedProcess[str]:
        """Run a command as this user; both streams go to its standard output."""
        home = "/root" if user == "root" else f"/home/{user}"
        inside = ["chroot", f"--userspec={user}:{user}", str(self.root), "env", "-i", f"--chdir={cwd}"]
        variables = self.environment | {"HOME": home, "USER": user, "PATH": PATH}
        enter = ["nsenter", f"--target={self.init}", "--mount", "--pid"]
        assignments = [f"{name}={value}" for name, value in variables.items()]
        return subprocess.run(
            [*enter, *inside, *assignments, *command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, check=False,
        )  # fmt: skip

    def must(self, *command: str, user: str = "root", cwd: str = "/") -> str:
        """The output of a command that has to succeed."""
        result = self.run(*command, user=user, cwd=cwd)
        assert result.returncode == 0, f"{' '.join(command)} as {user}: {result.returncode}\n{result.stdout}"
        return result.stdout


@contextmanager
def bare_machine(suite: str, folder: Path, cache: Path) -> Iterator[BareMachine]:
    """A machine of this suite in `folder`, with a copy of the project that belongs to USER; gone with the block."""
    root = folder / suite
    subprocess.run(["cp", "--archive", "--reflink=auto", pristine(suite, cache), root], check=True)
    _connect(root, suite)
    stack = RunningStack(root / PROJECT[1:])
    with _running(root) as init:
        ports = {name: stack.environment[name] for name in programs.ports()}
        machine = BareMachine(root, init, _registry_variables() | ports, stack)
        machine.must("update-ca-certificates")
        machine.must("useradd", "--create-home", USER)
        _copy_homes(machine)
        machine.must("chown", "--recursive", f"{USER}:{USER}", PROJECT)
        yield machine
    shutil.rmtree(root)


@contextmanager
def _running(root: Path) -> Iterator[int]:
    """The first process of a machine: its id, seen from here."""
    command = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "bash", "-c", INIT, "init", str(root)]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL) as outer:
        children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
        try:
            eventually(lambda: bool(children.read_text().split()), "the machine's first process")
            init = int(children.read_text().split()[0])
            eventually((root / "run" / "ready").exists, "the machine's devices")
            yield init
        finally:
            with contextlib.suppress(ProcessLookupError):
                outer.send_signal(signal.SIGKILL)


def _registry_variables() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if REGISTRY_VARIABLE.fullmatch(name)}


def _connect(root: Path, suite: str) -> None:
    """Name resolution, package sources and certificate authorities of this machine."""
    for name in NETWORK_FILES:
        if Path(name).exists():
            shutil.copy2(name, root / name[1:])
    for file in AUTHORITIES.glob("*.crt"):
        shutil.copy2(file, root / AUTHORITIES.relative_to("/"))
    ours = _codename(Path("/etc/os-release"))
    for name in APT:
        _copy_sources(Path("/etc/apt") / name, root / "etc" / "apt" / name, ours, suite)


def _copy_sources(source: Path, target: Path, ours: str, suite: str) -> None:
    """Copy a file or folder of apt's, for the other suite."""
    if source.is_dir():
        for file in sorted(source.iterdir()):
            _copy_sources(file, target / file.name, ours, suite)
    elif source.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(re.sub(rf"\b{ours}\b", suite, source.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        target.unlink(missing_ok=True)


def _codename(release: Path) -> str:
    match = re.search(r"^VERSION_CODENAME=(\w+)", release.read_text(encoding="utf-8"), re.MULTILINE)
    assert match, f"{release} names no Debian"
    return match[1]


def _copy_homes(machine: BareMachine) -> None:
    """How the clients of package registries are set up for this user, for both users of the machine."""
    for user, home in (("root", "root"), (USER, f"home/{USER}")):
        for name in HOME_FILES:
            file, target = Path.home() / name, machine.root / home / name
            if file.exists():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)
        machine.must("chown", "--recursive", f"{user}:{user}", f"/{home}")
