"""The disks that the stack writes to: whether one is full or read-only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stack.common import free_space
from weather import settings
from weather.settings import forecast


def folders(variables: settings.Variables) -> Iterator[Path]:
    """The existing folders of this machine that the stack writes to; any of them may be on a disk of its own."""
    home = Path(variables.text("STACK_HOME"))
    outside = [settings.Consumers.load(variables).folder, forecast.dataset_folder(variables)]
    inside = [home, *(home / part for part in ("data", "logs", "run")), *sorted((home / "data").glob("*/"))]
    for folder in [*inside, *outside, forecast.models_folder(variables)]:
        if folder.is_dir():
            yield folder


def problem(variables: settings.Variables) -> str:
    """What is wrong with each disk that is full or read-only, and what to do; "" if none is."""
    found: dict[int, str] = {}
    for folder in folders(variables):
        free = free_space.megabytes(folder)
        if free_space.is_read_only(folder):
            words = f"the disk of {folder} is read-only: mount it writable, and run ./build_setup.sh"
        elif free < free_space.LITTLE:
            words = f"the disk of {folder} is full, {free} MB are free: make room, and the stack goes on by itself"
        else:
            continue
        found.setdefault(folder.stat().st_dev, words)
    return "; ".join(found.values())


def free(folder: Path) -> str:
    """The free space of a folder's disk, such as `57.1 GB free`."""
    return f"{free_space.megabytes(folder) / 1000:.1f} GB free"
