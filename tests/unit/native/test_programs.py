from __future__ import annotations

from pathlib import Path

import pytest

from stack.native import programs
from stack.native.programs import CARGO, GO, JAVA, NODE, PS, Program
from tests.unit.native.installed import program_that_says

BOOKWORM = """\
cargo:
  Installed: (none)
  Candidate: 0.66.0+ds1-1
rustc:
  Installed: (none)
  Candidate: 1.63.0+dfsg1-2
cargo-web:
  Installed: (none)
  Candidate: 1.96.0+dfsg1-1~deb12u2
rustc-web:
  Installed: (none)
  Candidate: 1.96.0+dfsg1-1~deb12u2
openjdk-17-jre-headless:
  Installed: (none)
  Candidate: 17.0.21.1+2-1~deb12u1
"""
TRIXIE = """\
cargo:
  Installed: (none)
  Candidate: 1:1.85.0+dfsg3-1
rustc:
  Installed: (none)
  Candidate: 1.85.0+dfsg3-1
openjdk-17-jre-headless:
  Installed: (none)
  Candidate: (none)
openjdk-21-jre-headless:
  Installed: (none)
  Candidate: 21.0.9+10-1~deb13u1
"""


@pytest.fixture
def path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A folder that is the whole PATH, with the two programs that the stand-ins need."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("cat", "sh"):
        (folder / name).symlink_to(f"/bin/{name}")
    monkeypatch.setenv("PATH", str(folder))
    return folder


def offer(path: Path, policy: str) -> None:
    (path / "policy").write_text(policy)
    (path / "apt-cache").write_text(f"#!/bin/sh\ncat {path / 'policy'}\n")
    (path / "apt-cache").chmod(0o755)


@pytest.mark.parametrize(
    ("program", "words", "problem"),
    [
        (JAVA, 'openjdk version "17.0.15" 2025-04-15', ""),
        (JAVA, 'openjdk version "21" 2023-09-19', ""),
        (JAVA, 'NOTE: Picked up -Xmx99.5g\nopenjdk version "11.0.2"', "is 11.0.2: 17 or newer is needed"),
        (JAVA, 'java version "1.8.0_292"', "is 1.8.0: 17 or newer is needed"),
        (CARGO, "cargo 1.96.0 (30a34c682 2026-05-25)", ""),
        (CARGO, "cargo 1.65.0", "is 1.65.0: 1.72 or newer is needed"),
        (GO, "go version go1.19.8 linux/amd64", "is 1.19.8: 1.23 or newer is needed"),
        (GO, "go version go1.26.6 linux/amd64", ""),
        (NODE, "v18.20.4", "is 18.20.4: 20 or newer is needed"),
        (NODE, "v20.20.2", ""),
        (GO, "what?", "does not report its version: 1.23 or newer is needed"),
        (PS, "what?", ""),
    ],
)  # fmt: skip
def test_a_program_is_judged_by_the_version_that_it_says_it_has(
    path: Path, program: Program, words: str, problem: str
) -> None:
    program_that_says(path, program.name, words)
    assert program.problem() == (f"{path / program.name} {problem}" if problem else "")
    assert program.is_good() is (problem == "")


@pytest.mark.usefixtures("path")
def test_a_program_that_is_missing_is_named_with_the_version_that_is_needed() -> None:
    assert GO.problem() == "go 1.23 or newer is missing"
    assert PS.problem() == "ps is missing"


def test_a_program_that_fails_says_no_version(path: Path) -> None:
    program_that_says(path, "cargo", "error: toolchain 1.72.0 is not installed")
    with (path / "cargo").open("a") as script:
        script.write("exit 1\n")
    assert CARGO.problem().endswith("does not report its version: 1.72 or newer is needed")


@pytest.mark.parametrize(
    ("policy", "packages"),
    [
        (BOOKWORM, ["cargo-web", "openjdk-17-jre-headless", "procps", "rustc-web"]),
        (TRIXIE, ["cargo", "openjdk-21-jre-headless", "procps", "rustc"]),
        ("", ["cargo-web", "openjdk-17-jre-headless", "procps", "rustc-web"]),
    ],
)
def test_of_debians_packages_those_are_taken_that_are_new_enough(path: Path, policy: str, packages: list[str]) -> None:
    offer(path, policy)
    assert programs.packages_of([JAVA, CARGO, programs.RUSTC, PS]) == packages
