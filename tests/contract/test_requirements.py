"""Each program's packages: what its modules import is in the requirements that its environment or image installs."""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, packages_distributions, requires

import pytest

from testing.environment import ROOT
from tests.contract.test_imports import OURS, imports, module_file, modules

PROGRAMS = {
    "datastream": "datastream.txt", "spark_app": "spark.txt", "consumers": "consumers.txt", "influxdb": "influxdb.txt"
}  # fmt: skip


def required(name: str) -> set[str]:
    """The distributions that a file of requirements names, and those that they need."""
    lines = (ROOT / "requirements" / name).read_text(encoding="utf-8").splitlines()
    waiting, found = {distribution(line) for line in lines if not line.startswith("#")}, set()
    while waiting:
        found.add(one := waiting.pop())
        with suppress(PackageNotFoundError):
            needed = {distribution(line) for line in requires(one) or () if "extra ==" not in line}
            waiting |= needed - found
    return found


def distribution(requirement: str) -> str:
    """The name that a requirement begins with, as package indexes write it."""
    [name] = re.findall(r"^[A-Za-z0-9._-]+", requirement)
    return re.sub("[-_.]+", "-", name).lower()


def reached(package: str) -> set[str]:
    """The foreign top-level modules that a package's modules import, directly or through others of ours."""
    waiting, seen, foreign = set(modules(package)), set(), set()
    while waiting:
        seen.add(file := waiting.pop())
        for name in imports(file):
            if name.split(".")[0] not in OURS:
                foreign.add(name.split(".")[0])
            elif (found := module_file(name)) and found not in seen:
                waiting.add(found)
    return foreign - sys.stdlib_module_names


@pytest.mark.parametrize("package", PROGRAMS)
def test_what_a_program_imports_is_installed_for_it(package: str) -> None:
    distributions = packages_distributions()
    named = required(PROGRAMS[package])
    missing = {
        name
        for name in reached(package)
        if not {distribution(each) for each in distributions.get(name, [name])} & named
    }
    assert missing == set()
