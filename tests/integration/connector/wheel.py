"""Builds the connector's wheel, installs it into an empty environment, and runs code there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from testing.environment import ROOT

PACKAGE = ROOT / "spark_influxdb"
KEPT = ("PATH", "HOME", "LANG", "JAVA_HOME", "JDK_JAVA_OPTIONS", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "PIP_CERT")
"""The variables that a program outside of the checkout gets."""


def build(python: str, folder: Path) -> Path:
    """The wheel, built from a copy because a build leaves files beside the sources."""
    copy = shutil.copytree(PACKAGE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    run([python, "-m", "pip", "wheel", "--no-deps", "--wheel-dir", folder, copy], folder)
    [wheel] = folder.glob("*.whl")
    return wheel


def environment(python: str, folder: Path, wheel: Path, spark: str, *more: str) -> Path:
    """The Python of a new environment with the wheel, this version of pyspark, and what both require."""
    run([python, "-m", "venv", folder / "venv"], folder)
    made = folder / "venv" / "bin" / "python"
    run(
        [made, "-m", "pip", "install", "--no-compile", "--progress-bar", "off", wheel, f"pyspark=={spark}", *more],
        folder,
    )
    return made


def run(command: Sequence[str | Path], folder: Path) -> str:
    """The output of a command that knows nothing of this checkout. Fail with its errors if it fails."""
    known = {name: os.environ[name] for name in KEPT if name in os.environ}
    activated = (
        f"{Path(command[0]).parent}{os.pathsep}{os.environ['PATH']}"  # Spark's workers take `python3` from there
    )
    done = subprocess.run(
        [str(word) for word in command], cwd=folder, capture_output=True, text=True,
        env=known | {"PATH": activated, "SPARK_LOCAL_IP": "127.0.0.1"},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def examples() -> list[str]:
    """The blocks of Python in the README."""
    return re.findall(r"^```python\n(.*?)^```", (PACKAGE / "README.md").read_text(), re.MULTILINE | re.DOTALL)
