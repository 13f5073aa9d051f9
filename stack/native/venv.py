"""Virtual environments with the pinned packages of requirement files."""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from stack.common.environment import ROOT
from stack.common.steps import run

REQUIREMENTS = ROOT / "requirements"


def fingerprint(files: tuple[str, ...]) -> str:
    """A name that depends on the packages and on the version of Python."""
    digest = hashlib.sha256(sys.version.encode())
    for path in (REQUIREMENTS / "constraints.txt", *_with_included(files)):
        digest.update(path.read_bytes())
    return "-".join(Path(f).stem for f in files) + "-" + digest.hexdigest()[:12]


def make(folder: Path, files: tuple[str, ...], log: Path) -> None:
    """Create the virtual environment and install the packages. Raise StepFailed if that fails."""
    title = f"Python packages {' '.join(files)}"
    run(title, [sys.executable, "-m", "venv", str(folder)], log)
    requirements = [word for file in files for word in ("-r", str(REQUIREMENTS / file))]
    constraints = ["-c", str(REQUIREMENTS / "constraints.txt")]
    pip = [str(folder / "bin" / "python"), "-m", "pip", "--disable-pip-version-check"]
    run(title, [*pip, "install", "--progress-bar", "off", *constraints, *requirements], log)


def site_packages(python: Path) -> Path:
    """The folder of the packages of an interpreter in a virtual environment."""
    return next((python.parent.parent / "lib").glob("python*")) / "site-packages"


def _with_included(files: tuple[str, ...]) -> list[Path]:
    """The requirement files and those that they include with `-r`."""
    found: list[Path] = []
    for file in files:
        path = REQUIREMENTS / file
        lines = path.read_text(encoding="utf-8").splitlines()
        found += [path, *_with_included(tuple(line[3:] for line in lines if line.startswith("-r ")))]
    return found
