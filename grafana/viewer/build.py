"""Builds the viewer's page with npm, away from the checkout. Needs the standard library only."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
PACKAGES = ("package.json", "package-lock.json", ".npmrc")
SOURCES = (*PACKAGES, "tsconfig.json", "bundle.mjs", "src")

Run = Callable[[str, list[str], Path], None]
"""Runs a command in a folder; the title names it in the output. Raises if it fails."""


def bundle_digest() -> str:
    """A name for what the page is made of: another source, tool or version is another digest."""
    return _digest(SOURCES)


def packages_digest() -> str:
    """A name for the packages that the page and its type check need: another version is another digest."""
    return _digest(PACKAGES)


def install_packages(folder: Path, run: Run) -> None:
    """Put the packages of package-lock.json into `folder`/node_modules."""
    _copy(PACKAGES, folder)
    # The packages' own install scripts are not needed, so none of them runs.
    npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    run("packages of the dashboard viewer", npm, folder)


def build(target: Path, run: Run) -> None:
    """Put index.html, scripts, styles, icons, fonts and country outlines into the folder `target`."""
    with tempfile.TemporaryDirectory(prefix="viewer-") as temporary:
        sources = Path(temporary)
        _copy(SOURCES, sources)
        install_packages(sources, run)
        run("page of the dashboard viewer", ["npm", "run", "bundle", "--", str(target.resolve())], sources)


def _digest(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in _files(names):
        digest.update(str(path.relative_to(FOLDER)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def _copy(names: tuple[str, ...], target: Path) -> None:
    for path in _files(names):
        copy = target / path.relative_to(FOLDER)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)


def _files(names: tuple[str, ...]) -> list[Path]:
    named = [FOLDER / name for name in names]
    return sorted(file for path in named for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
