"""What the machine lacks for native mode."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.stack.preflight.problems import native_problems


def test_an_influxd_that_is_none_is_one_problem_among_others(environment: dict[str, str], tmp_path: Path) -> None:
    problems = native_problems(environment, INFLUXD="/nonexistent", STACK_HOME=str(tmp_path / ("x" * 90)))
    assert "INFLUXD=/nonexistent is not an executable file" in problems
    assert any("too long for a Unix socket" in problem for problem in problems)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is 11.0.2: 17 or newer is needed: put a newer one first on the PATH"),
        ('java version "1.8.0_391"', "is 1.8.0: 17 or newer is needed: put a newer one first on the PATH"),
        ('openjdk version "17.0.1" 2021-10-19', ""),
        ('openjdk version "21" 2023-09-19', ""),
    ],
)
def test_an_old_java_is_a_problem(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, problem: str
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{words}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{java.parent}:{environment['PATH']}")
    told = [text for text in native_problems(environment, INFLUXD="/bin/true") if str(java) in text]
    assert told == ([f"{java} {problem}"] if problem else [])


@pytest.mark.parametrize("root", [True, False])
def test_who_may_not_install_packages_gets_one_command_for_all_that_is_missing(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: bool
) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.touch(0o755)
    monkeypatch.setenv("PATH", str(apt.parent))
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    told = [text for text in native_problems(environment) if "missing" in text]
    if root:
        assert told == []
        return
    (problem,) = told
    assert "java 17 or newer is missing, ps is missing, mvn is missing, cargo 1.72 or newer is missing" in problem
    assert problem.endswith(
        "install them with:\n    sudo apt-get update && sudo apt-get install -y --no-install-recommends "
        "cargo-web gcc libc6-dev maven openjdk-17-jre-headless pkg-config procps rustc-web"
    )


def test_a_machine_without_apt_gets_the_names_and_versions(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = [text for text in native_problems(environment) if "missing" in text]
    assert "java 17 or newer is missing" in problem and "sudo" not in problem
