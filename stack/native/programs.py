"""The programs of this machine that the set-up runs: how new each must be, and which Debian packages provide it."""

from __future__ import annotations

import importlib
import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from weather import settings

Version = tuple[int, ...]

DOTTED = r"(\d+(?:\.\d+)+)"
ANSWER_TIMEOUT = 60
FOLDERS_OF_DEBIAN = ("/usr/bin", "/bin")


@dataclass(frozen=True)
class Program:
    """A program, its oldest accepted version, and alternative sets of Debian packages, best first."""

    name: str
    packages: tuple[tuple[str, ...], ...]
    oldest: Version = ()
    asked: tuple[str, ...] = ("--version",)
    pattern: str = DOTTED

    def path(self) -> Path | None:
        """The path of the one on the PATH, whatever its version; None if there is none."""
        found = shutil.which(self.name)
        return Path(found) if found else None

    def is_good(self, environment: Mapping[str, str] | None = None) -> bool:
        """Whether the program on the PATH is new enough."""
        return self.problem(environment) == ""

    def problem(self, environment: Mapping[str, str] | None = None) -> str:
        """What is wrong with the program on the PATH, with the version that is needed; "" if nothing is."""
        path = self.path()
        if path is None:
            return f"{self.name}{self._needed()} is missing"
        return self.problem_of(path, environment)

    def problem_of(self, path: Path, environment: Mapping[str, str] | None = None) -> str:
        """What is wrong with the program at this path; "" if nothing is."""
        if not self.oldest:
            return ""
        found = self.version(path, environment)
        if found is None:
            return f"{path} does not report its version:{self._needed()} is needed"
        return "" if found >= self.oldest else f"{path} is {_text(found)}:{self._needed()} is needed"

    def hides_debians(self) -> bool:
        """Whether another program comes before Debian's on the PATH, so that a package would change nothing."""
        path = self.path()
        return path is not None and str(path.parent) not in FOLDERS_OF_DEBIAN

    def _needed(self) -> str:
        return f" {_text(self.oldest)} or newer" if self.oldest else ""

    def version(self, path: Path, environment: Mapping[str, str] | None = None) -> Version | None:
        """The version that the program at this path reports; None if it reports none."""
        try:
            result = subprocess.run(
                [str(path), *self.asked],
                capture_output=True,
                text=True,
                errors="replace",
                env=environment,
                stdin=subprocess.DEVNULL,
                timeout=ANSWER_TIMEOUT,
                check=False,
            )
        except (OSError, subprocess.SubprocessError):
            return None
        match = re.search(self.pattern, f"{result.stdout}\n{result.stderr}")
        return _numbers(match[1]) if match and result.returncode == 0 else None


JAVA = Program(
    "java",
    tuple((f"openjdk-{version}-jre-headless",) for version in (17, 21, 25)),
    oldest=(17,),
    asked=("-version",),
    pattern=r'version "(\d[\d.]*)',
)
MAVEN = Program("mvn", (("maven",),))
PS = Program("ps", (("procps",),))
GO = Program("go", (), oldest=(1, 23), asked=("version",), pattern=rf"go{DOTTED}")
NODE = Program("node", (), oldest=(20,))
NPM = Program("npm", ())
RUST_PACKAGES = (("cargo", "rustc"), ("cargo-web", "rustc-web"))
CARGO = Program("cargo", RUST_PACKAGES, oldest=(1, 72))
RUSTC = Program("rustc", RUST_PACKAGES, oldest=(1, 72))
GCC = Program("gcc", (("gcc", "libc6-dev"),))
PKG_CONFIG = Program("pkg-config", (("pkg-config",),))


def packages_of(programs: Iterable[Program]) -> list[str]:
    """The Debian packages that provide these programs, in versions that are new enough if apt offers them."""
    return sorted({package for program in programs for package in _alternative(program)})


def has_apt() -> bool:
    """Whether this machine installs programs with apt."""
    return shutil.which("apt-get") is not None


def has_venv() -> bool:
    """Whether this Python can create virtual environments, even if the packages were installed only now."""
    importlib.invalidate_caches()
    return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def is_python_of_debian() -> bool:
    """Whether the package python3-venv belongs to this Python."""
    return has_apt() and sys.executable.startswith("/usr/bin/")


def _alternative(program: Program) -> tuple[str, ...]:
    """The first set of packages that apt has in a version that is new enough.

    If apt has none: the last set for Rust, the first set for other programs.
    """
    if len(program.packages) < 2:
        return program.packages[0] if program.packages else ()
    offered = _offered([package for packages in program.packages for package in packages])
    for packages in program.packages:
        # The last package of a set decides (rustc, not cargo): Debian numbers the versions of cargo differently.
        version = offered.get(packages[-1])
        if version is not None and version >= program.oldest:
            return packages
    return program.packages[-1 if program.packages is RUST_PACKAGES else 0]


def _offered(packages: list[str]) -> dict[str, Version]:
    """Package → the version that apt would install, without packages that apt does not know."""
    try:
        text = subprocess.run(
            ["apt-cache", "policy", *packages],
            capture_output=True,
            text=True,
            env=settings.Variables().all() | {"LC_ALL": "C"},
            check=False,
        ).stdout
    except OSError:
        return {}
    found = re.findall(r"^(\S+):\n.*\n  Candidate: (?:\d+:)?(\d[\d.]*)", text, re.MULTILINE)
    return {package: _numbers(version) for package, version in found}


def _numbers(text: str) -> Version:
    return tuple(int(number) for number in text.split(".") if number)


def _text(version: Version) -> str:
    return ".".join(map(str, version))
