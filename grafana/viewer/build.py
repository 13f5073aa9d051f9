"""Builds the viewer's page with npm, away from the checkout. Needs the standard library only."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
SOURCES = ("package.json", "package-lock.json", ".npmrc", "tsconfig.json", "bundle.mjs", "src")

Run = Callable[[str, list[str], Path], None]
"""Runs a command in a folder, under a name for people; raises where it fails."""


def bundle_digest() -> str:
    """A name for what the page is made of: another source, tool or version is another digest."""
    digest = hashlib.sha256()
    for path in _files():
        digest.update(str(path.relative_to(FOLDER)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()[:12]


def build(target: Path, run: Run) -> None:
    """Put index.html, scripts, styles, icons, fonts and country outlines into the folder `target`."""
    with tempfile.TemporaryDirectory(prefix="viewer-") as temporary:
        sources = Path(temporary)
        for path in _files():
            copy = sources / path.relative_to(FOLDER)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
        # The packages' own install scripts are not needed, so none of them runs.
        npm = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        run("packages of the dashboard viewer", npm, sources)
        run("page of the dashboard viewer", ["npm", "run", "bundle", "--", str(target.resolve())], sources)


def _files() -> list[Path]:
    named = [FOLDER / name for name in SOURCES]
    return sorted(file for path in named for file in ([path] if path.is_file() else path.rglob("*")) if file.is_file())
