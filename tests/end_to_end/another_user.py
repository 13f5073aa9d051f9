"""A user without root for the tests, and what the stack needs where that user can reach it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stack.native import cache, influxd
from stack.native.install import RUNTIME, Installation, viewer_folder
from stack.native.jars import connector_folder, kafka_folder
from testing.environment import ROOT, settings_environment
from weather import settings

ACCOUNT = "nobody"
INTERPRETERS = (str(Path(sys.base_prefix, "bin", "python3")), "/usr/local/bin/python3", "/usr/bin/python3")
USABLE = "import sys, venv, ensurepip; assert sys.version_info >= (3, 11); print(sys.version_info[1])"


@dataclass(frozen=True)
class User:
    """Who runs the stack, with which interpreter; `spawn` are the arguments of subprocess that make it so."""

    python: str
    spawn: dict[str, Any]

    def owns(self, folder: Path) -> None:
        """Give a folder and all that is in it to this user."""
        if "user" in self.spawn:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.spawn["user"], self.spawn["group"], follow_symlinks=False)


def choose() -> User:
    """An account without rights if the tests run as root and it can run a Python; else who runs the tests."""
    if os.geteuid() != 0:
        return User(sys.executable, {})
    account = pwd.getpwnam(ACCOUNT)
    spawn: dict[str, Any] = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
    for python in INTERPRETERS:
        try:
            subprocess.run([python, "-EsSc", USABLE], cwd="/", check=True, capture_output=True, **spawn)
        except (OSError, subprocess.CalledProcessError):
            continue
        return User(python, spawn)
    print(f"{ACCOUNT} can run none of {', '.join(INTERPRETERS)}: the stack runs as root")
    return User(sys.executable, {})


@contextmanager
def readable_folder(prefix: str) -> Iterator[Path]:
    """A new folder that every user can enter, unlike those of pytest."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def cache_to_read(user: User, place: Path) -> Iterator[Path]:
    """A complete cache in `place` that the user may not write; its files are links to those of the tests' cache."""
    variables = settings.Variables(settings_environment())
    installation = Installation(variables, place.parent / "install.log")
    for install in (installation.kafka_jars, installation.connector_jars, installation.influxd, installation.viewer):
        install()
    place.mkdir()
    for part in (kafka_folder, connector_folder, influxd.folder, viewer_folder):
        if cache.is_complete(folder := part(variables)):  # influxd may be on the PATH instead
            _link(folder, place / folder.name)
    _runtime(user, installation.python().parent.parent, place)
    place.chmod(0o555)
    try:
        yield place
    finally:
        place.chmod(0o755)


def _runtime(user: User, real: Path, place: Path) -> None:
    """The virtual environment that the stack looks for if it is called with the user's interpreter."""
    asked = (
        "import sys; from pathlib import Path; from stack.native.install import Installation; "
        "from weather import settings; "
        "print(Installation(settings.Variables(), Path()).python_folder().name)"
    )
    isolated, environment = [user.python, "-EsX", "utf8"], settings_environment(STACK_CACHE=str(place))
    name = subprocess.run(
        [*isolated, "-c", asked], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    ).stdout.strip()
    packages = real / "lib" / f"python3.{_minor(user.python)}" / "site-packages"
    if real.name == name:
        _link(real, place / name)
    elif packages.is_dir():  # another build of the same Python takes the same packages
        subprocess.run([*isolated, "-m", "venv", "--without-pip", place / name], check=True)
        _link(packages, place / name / packages.relative_to(real))
        (place / name / cache.COMPLETE).touch()
    else:
        subprocess.run(
            [*isolated, "-m", "stack.native.install", "packages", *RUNTIME], cwd=ROOT, env=environment, check=True
        )


def _minor(python: str) -> str:
    return subprocess.run([python, "-EsSc", USABLE], cwd="/", capture_output=True, text=True, check=True).stdout.strip()


def _link(source: Path, target: Path) -> None:
    def link(file: str, copy: str) -> str:
        try:
            os.link(file, copy, follow_symlinks=False)
        except OSError:  # another file system
            shutil.copy2(file, copy, follow_symlinks=False)
        return copy

    shutil.copytree(source, target, symlinks=True, copy_function=link, dirs_exist_ok=True)
