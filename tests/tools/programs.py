"""`python -m tests.tools.programs PART`: the programs that a part of the tests uses, from Debian's packages."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from stack import modes
from stack.common.steps import fail
from stack.native import debian
from stack.native.servers import mariadb
from weather import settings
from weather.errors import StackError

MARIADB = {"mariadbd": "mariadb-server-core", "my_print_defaults": "mariadb-client-core"}
PROGRAMS = {
    "check": {"shellcheck": "shellcheck", "git": "git"},
    "unit": {"zsh": "zsh", "shellcheck": "shellcheck", "systemd-analyze": "systemd", **MARIADB},
    "contract": {"git": "git"},
    "integration": {"chromium": "chromium"},
    "consumers": MARIADB,
    "end_to_end": {"git": "git"},
    "faults": {"faketime": "faketime"},
    "docker": {"dockerd": "docker.io", "debootstrap": "debootstrap"},
    "bare": {"debootstrap": "debootstrap", "git": "git"},
}
"""Part of the tests → program → Debian package. stack/native/install.py installs Go and Node.js."""


def needed_by(part: str) -> dict[str, str]:
    """Those of a part, or of all parts. An engine is started by root only, and only where none answers."""
    can_start_an_engine = os.geteuid() == 0 and not modes.docker_answers()
    parts = [part] if part not in ("all", "long") else [name for name in PROGRAMS if name != "bare"]
    if "docker" in parts and not can_start_an_engine:
        parts.remove("docker")
    return {program: package for name in parts for program, package in PROGRAMS.get(name, {}).items()}


def main(arguments: list[str]) -> int:
    """Install what is missing; 1 with the command to run where that needs another user."""
    try:
        variables = settings.Variables()
        missing = {package for program, package in needed_by(arguments[0]).items() if not mariadb.find((program,))}
        if missing:
            log = Path(variables.text("STACK_CACHE")) / "install.log"
            if debian.can_install():
                debian.update_lists(variables, log)
            debian.install_packages(sorted(missing), variables, log)
    except StackError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
