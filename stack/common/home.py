"""STACK_HOME: the folder that holds one stack, and nothing of anybody else's."""

from __future__ import annotations

import shutil
from pathlib import Path

from weather.errors import SettingsError

PARTS = ("data", "logs", "secrets", "run")
"""`run` is the last to go: it holds the mark that makes the folder ours."""

MARK = Path("run") / "mode"


def mode_of(home: Path) -> str:
    """The mode that the stack in this folder was set up in, or "" where there is none."""
    mark = home / MARK
    return mark.read_text(encoding="ascii").strip() if mark.exists() else ""


def mark(home: Path, mode: str) -> None:
    """Make the folder a stack's."""
    file = home / MARK
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(mode, encoding="ascii")


def check_ours(home: Path) -> None:
    """SettingsError where the folder holds something else than a stack: it would be mixed up, and removed with it."""
    if home.exists() and not mode_of(home) and any(home.iterdir()):
        raise SettingsError(f"STACK_HOME={home} holds other files than a stack's: choose a new or an empty folder")


def remove(home: Path) -> None:
    """Remove what a stack keeps there, and the folder where nothing else is in it."""
    check_ours(home)
    for part in PARTS:
        shutil.rmtree(home / part, ignore_errors=True)
        if (home / part).exists():
            raise SettingsError(f"files in {home / part} belong to another user: sudo rm -r {home}")
    if home.exists() and not any(home.iterdir()):
        home.rmdir()
