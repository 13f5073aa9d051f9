"""The disks that the stack writes to: whether one is full or read-only."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from weather import settings
from weather.settings import forecast

LITTLE = 256
"""Megabytes. With less, Kafka and InfluxDB are about to stop."""


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
        disk = os.statvfs(folder)
        free = disk.f_bavail * disk.f_frsize // 10**6
        if disk.f_flag & os.ST_RDONLY:
            words = f"the disk of {folder} is read-only: mount it writable, and run ./build_setup.sh"
        elif free < LITTLE:
            words = f"the disk of {folder} is full, {free} MB are free: make room, and the stack goes on by itself"
        else:
            continue
        found.setdefault(folder.stat().st_dev, words)
    return "; ".join(found.values())


def free(folder: Path) -> str:
    """The free space of a folder's disk, such as `57.1 GB free`."""
    disk = os.statvfs(folder)
    return f"{disk.f_bavail * disk.f_frsize / 1e9:.1f} GB free"
