"""What `pip install .` installs can run: pyproject.toml names every package, file and requirement that it needs."""

from __future__ import annotations

import fnmatch
import re
import tomllib
from pathlib import Path

from testing.environment import ROOT, python_files

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SETUPTOOLS = PROJECT["tool"]["setuptools"]
INCLUDED = {pattern.rstrip("*") for pattern in SETUPTOOLS["packages"]["find"]["include"]}


def test_what_is_installed_imports_nothing_that_is_not() -> None:
    ours = {file.relative_to(ROOT).parts[0] for file in python_files() if len(file.relative_to(ROOT).parts) > 1}
    assert ours >= INCLUDED
    for file in python_files():
        if file.relative_to(ROOT).parts[0] in INCLUDED:
            imported = set(re.findall(r"^(?:from|import) (\w+)", file.read_text(encoding="utf-8"), re.MULTILINE))
            assert imported & ours <= INCLUDED, file


def test_the_files_of_the_live_page_are_installed() -> None:
    web = [f for f in (ROOT / "datastream" / "web").rglob("*") if f.is_file() and f.suffix not in (".py", ".pyc")]
    patterns = SETUPTOOLS["package-data"]["datastream"]
    names = [str(file.relative_to(ROOT / "datastream")) for file in web]
    assert len(names) > 10
    left_out = [name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)]
    assert [name for name in left_out if Path(name).name not in ("jsconfig.json", "tsconfig.json")] == []


def test_the_extras_are_the_requirements_of_the_parts() -> None:
    extras = SETUPTOOLS["dynamic"]["optional-dependencies"]
    assert {name: (ROOT / part["file"][0]).exists() for name, part in extras.items()} == dict.fromkeys(extras, True)
    assert set(extras) == {"streamer", "consumers", "spark", "influxdb"}


def test_the_hooks_before_a_commit_use_the_version_of_the_checks() -> None:
    pinned = re.findall(r"^ruff==.+$", (ROOT / "requirements" / "constraints.txt").read_text(), re.MULTILINE)
    used = re.findall(r"ruff==[\d.]+", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert set(used) == set(pinned) != set()
