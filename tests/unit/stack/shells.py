"""The scripts that a user runs, and shells to run them in."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from testing.environment import ROOT

SCRIPTS = (
    "build_setup.sh",
    "start-streaming.sh",
    "submit.sh",
    "modify_streaming_timedelta.sh",
    "status.sh",
    "clean.sh",
)

STATE = """state() {
  env | LC_ALL=C sort | grep -v '^_=' > "$1.variables"
  set +o > "$1.options"
  pwd > "$1.folder"
}
"""


def tool(name: str) -> str:
    """The program; the test fails where it is missing."""
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is missing: install it (apt-get install {name})")
    return found


def run(command: list[str], env: dict[str, str], cwd: Path, status: int | None = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert status is None or done.returncode == status, done.stdout + done.stderr
    return done


def sourced(shell: str, script: str, cwd: Path, options: str = "set -euo pipefail", **env: str) -> str:
    """What a shell says that runs `script`, in which $ROOT is the checkout."""
    checkout = {"ROOT": str(ROOT), "STACK_DEFAULTS": "1"}  # whatever its last set-up has kept
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), **checkout, **env}
    return run([shell, "-c", f"{options}\n{script}"], environment, cwd).stdout
