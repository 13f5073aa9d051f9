"""The programs that native mode needs on this machine, and the Debian packages that provide them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

from stack.common import environment, profiles
from stack.common.steps import StepFailed, run, to_the_end
from stack.native import influxd, programs
from stack.native.cache import is_complete
from stack.native.jars import jar_folders
from stack.native.programs import Program
from stack.native.servers import mariadb
from weather import settings

VENV = "python3-venv"
INSTALL = ("apt-get", "install", "-y", "--no-install-recommends")


def missing_programs(variables: settings.Variables) -> list[Program]:
    """The missing or outdated programs among those needed to run the stack and to complete the cache."""
    needed = [programs.JAVA, programs.PS]
    if not all(is_complete(folder) for folder in jar_folders(variables)):
        needed.append(programs.MAVEN)
    missing = [program for program in needed if not program.is_good(environment.of_process(variables))]
    if not influxd.is_there(variables):
        missing += influxd.missing_tools(variables.all())
    return missing


def packages_for(missing: list[Program], variables: settings.Variables) -> list[str]:
    """The Debian packages of these programs, and those of MariaDB and venv if they are needed and missing."""
    packages = set(programs.packages_of(missing))
    if "database" in profiles.chosen(variables) and not mariadb.is_installed():
        packages.update(mariadb.PACKAGES)
    if programs.is_python_of_debian() and not programs.has_venv():
        packages.add(VENV)
    return sorted(packages)


def can_install() -> bool:
    """Whether this user may install packages on this machine."""
    return os.geteuid() == 0 and programs.has_apt()


def command_for(packages: list[str]) -> str:
    """The command that installs these packages."""
    return f"sudo apt-get update && sudo {' '.join([*INSTALL, *packages])}"


def install_packages(packages: list[str], variables: settings.Variables, log: Path) -> None:
    """Install these packages with apt. Raise StepFailed with the exact command if this user may not."""
    if not can_install():
        raise StepFailed(f"Debian packages are missing; install them with: {command_for(packages)}")
    quiet = environment.of_tool(variables.all()) | {"DEBIAN_FRONTEND": "noninteractive"}
    with to_the_end():
        run(f"Debian packages {' '.join(packages)}", [*INSTALL, *packages], log, env=quiet)


def update_lists(variables: settings.Variables, log: Path) -> None:
    """Update apt's package lists."""
    with to_the_end():
        run("Debian package lists", ["apt-get", "update"], log, env=environment.of_tool(variables.all()))


def machine_problems(variables: settings.Variables) -> Iterator[str]:
    """Yield what this machine lacks, with one command that installs it, unless the set-up may install it."""
    if not programs.has_venv() and not programs.is_python_of_debian():
        yield f"{sys.executable} cannot create virtual environments: install its modules venv and ensurepip"
    home = variables.optional("JAVA_HOME")
    if home and (problem := programs.JAVA.problem_of(Path(home) / "bin" / "java")):
        yield f"JAVA_HOME={home}: {problem}; unset it, or set it to another Java"
    missing = missing_programs(variables)
    packages = packages_for(missing, variables)
    given = influxd.rust_environment(variables.all())
    for program in missing:
        if program.hides_debians():
            yield f"{program.problem(given)}: put a newer one first on the PATH"
    if not packages or can_install():
        return
    problems = [program.problem(given) for program in missing]
    reason = f"programs are missing or too old: {', '.join(problems)}" if problems else "packages are missing"
    if programs.has_apt():
        yield f"{reason}; install them with:\n    {command_for(packages)}"
    else:
        yield f"{reason}; install them (in Debian, the packages are {' '.join(packages)})"
