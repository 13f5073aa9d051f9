"""STACK_HOME: the folder of one stack, which holds nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

from weather.errors import SettingsError

PARTS = ("data", "logs", "secrets", "run")
"""`run` is removed last, because it holds the file that marks the folder as a stack's."""

MARK = Path("run") / "mode"


def mode_of(home: Path) -> str:
    """The mode that the stack in this folder was set up in; "" if there is none."""
    mark = home / MARK
    return mark.read_text(encoding="ascii").strip() if mark.exists() else ""


def mark(home: Path, mode: str) -> None:
    """Mark the folder as that of a stack in this mode."""
    file = home / MARK
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(mode, encoding="ascii")


def check_ours(home: Path) -> None:
    """Raise SettingsError if the folder holds files but no stack: they would mix with the stack's and be removed."""
    if home.exists() and not mode_of(home) and any(home.iterdir()):
        raise SettingsError(
            f"STACK_HOME={home} contains files that do not belong to a stack: choose a new or an empty folder"
        )


def remove(home: Path) -> None:
    """Remove the stack's files, and the folder itself if nothing else is in it."""
    check_ours(home)
    for part in PARTS:
        shutil.rmtree(home / part, ignore_errors=True)
        if (home / part).exists():
            raise SettingsError(f"files in {home / part} belong to another user: remove them with `sudo rm -r {home}`")
    if home.exists() and not any(home.iterdir()):
        home.rmdir()
