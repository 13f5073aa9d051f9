"""Docker Compose v2 for tests: the machine's own, else one built once from its Go module. It needs no engine."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from pathlib import Path

from native.cache import ensure
from stack.steps import StepFailed, run

ROOT = Path(__file__).resolve().parent.parent.parent
MODULE = "github.com/docker/compose/v2"
VERSION = "2.40.3"
PROGRAM = "docker-compose"
"""The name under which `docker` also takes it as its plugin `docker compose`, from a folder cli-plugins."""


@functools.cache
def compose_binary() -> list[str]:
    """The command line that starts Compose v2; StepFailed where there is none and Go cannot build it."""
    plugin = ["docker", "compose"]
    try:
        subprocess.run([*plugin, "version"], capture_output=True, check=True, timeout=30)
        return plugin
    except (OSError, subprocess.SubprocessError):
        return [str(ensure(_cache() / f"compose-{VERSION}", _build) / PROGRAM)]


def _cache() -> Path:
    """What settings.sh says about STACK_CACHE."""
    script = '. ./settings.sh; printf %s "$STACK_CACHE"'
    return Path(subprocess.run(["bash", "-c", script], cwd=ROOT, capture_output=True, text=True, check=True).stdout)


def _build(target: Path) -> None:
    """Build in a module of its own: `go install` refuses Compose's exclude directives."""
    if not shutil.which("go"):
        raise StepFailed("Docker Compose v2 is missing, and building it needs Go (Debian: golang)")
    log = target.parent / "install.log"
    title = f"Compose {VERSION}"
    module = target / "module"
    module.mkdir()
    env = dict(os.environ) | {"GOFLAGS": "-mod=mod -buildvcs=false", "CGO_ENABLED": "0"}
    linker = f"-s -w -X {MODULE}/internal.Version=v{VERSION}"
    run(title, ["go", "mod", "init", "weather-stack.local/compose"], log, env=env, cwd=module)
    run(title, ["go", "get", f"{MODULE}/cmd@v{VERSION}"], log, env=env, cwd=module)
    output = ["-o", str(target / PROGRAM), f"{MODULE}/cmd"]
    run(title, ["go", "build", "-trimpath", "-ldflags", linker, *output], log, env=env, cwd=module)
    shutil.rmtree(module)
