"""`python -m tests.tools.programs`: the programs that tests use and a machine may lack, from Debian's packages."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from native.install import install_debian_packages
from stack.steps import fail
from weather import settings
from weather.errors import StackError

PROGRAMS = {"shellcheck": "shellcheck", "zsh": "zsh", "chromium": "chromium", "go": "golang"}
"""Program → Debian package."""


def main() -> int:
    """Install what is missing; 1 with the command to run where that needs another user."""
    try:
        variables = settings.Variables()
        missing = sorted(package for program, package in PROGRAMS.items() if not shutil.which(program))
        if missing:
            install_debian_packages(missing, variables, Path(variables.text("STACK_CACHE")) / "install.log")
    except StackError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main())
