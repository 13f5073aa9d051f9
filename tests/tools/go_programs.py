"""Programs that tests need, built once from their Go modules and kept in the cache: Docker Compose v2, actionlint."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from stack.common.environment import ROOT
from stack.common.steps import fail, run
from stack.native import programs
from stack.native.cache import ensure
from stack.native.install import Installation
from weather import settings
from weather.errors import StackError

GO = replace(programs.GO, oldest=(1, 24))
"""What these programs ask for in their go.mod."""


@dataclass(frozen=True)
class GoProgram:
    """A command of a Go module at a version."""

    name: str
    module: str
    package: str
    version: str
    version_variable: str

    def path(self) -> Path:
        """The binary, built on the first call on this machine; StepFailed where Go is missing."""
        return ensure(_cache() / f"{self.name}-{self.version}", self._build) / self.name

    def _build(self, target: Path) -> None:
        """Build in a module of its own: `go install` refuses modules with exclude directives."""
        log = target.parent / "install.log"
        title = f"{self.name} {self.version}"
        module = target / "module"
        module.mkdir()
        variables = settings.Variables(dict(os.environ) | {"STACK_CACHE": str(_cache())})
        env = Installation(variables, log).go(GO) | {"GOFLAGS": "-mod=mod -buildvcs=false", "CGO_ENABLED": "0"}
        linker = f"-s -w -X {self.module}/{self.version_variable}=v{self.version}"
        run(title, ["go", "mod", "init", f"weather-stack.local/{self.name}"], log, env=env, cwd=module)
        run(title, ["go", "get", f"{self.module}/{self.package}@v{self.version}"], log, env=env, cwd=module)
        output = ["-o", str(target / self.name), f"{self.module}/{self.package}"]
        run(title, ["go", "build", "-trimpath", "-ldflags", linker, *output], log, env=env, cwd=module)
        shutil.rmtree(module)


COMPOSE = GoProgram("docker-compose", "github.com/docker/compose/v2", "cmd", "2.40.3", "internal.Version")
"""`docker` takes a program of this name as its plugin `docker compose`, from a folder cli-plugins."""

ACTIONLINT = GoProgram("actionlint", "github.com/rhysd/actionlint", "cmd/actionlint", "1.7.12", "version")


@functools.cache
def compose() -> list[str]:
    """The command line that starts Compose v2, the machine's own or the built one. It needs no engine."""
    plugin = ["docker", "compose"]
    try:
        subprocess.run([*plugin, "version"], capture_output=True, check=True, timeout=30)
        return plugin
    except (OSError, subprocess.SubprocessError):
        return [str(COMPOSE.path())]


def _cache() -> Path:
    """What settings.sh says about STACK_CACHE."""
    script = '. ./settings.sh; printf %s "$STACK_CACHE"'
    return Path(subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def main(arguments: list[str]) -> int:
    """`python -m tests.tools.go_programs actionlint …`: run it with the arguments that follow."""
    known = {program.name: program for program in (COMPOSE, ACTIONLINT)}
    try:
        binary = known[arguments[0]].path()
    except StackError as error:
        return fail(error)
    return subprocess.run([str(binary), *arguments[1:]], check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
