"""The room on a disk."""

from __future__ import annotations

import os
from pathlib import Path

LITTLE = 256
"""Megabytes. With less, Kafka and InfluxDB are about to stop."""


def megabytes(folder: Path) -> int:
    """The room on the disk of a folder for this user. Raise OSError if the folder does not exist."""
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize // 10**6


def is_read_only(folder: Path) -> bool:
    return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
