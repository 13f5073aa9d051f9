"""A disk that is full, or read-only, under each part of a stack: the status says so, and the stack goes on afterwards.

The parts are on file systems of their own (tmpfs), so the test runs as root.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from testing.environment import ROOT, eventually
from testing.healing import Healing
from testing.running_stack import RunningStack

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system"),
]

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
SIZES = {"kafka": "400m", "influxdb": "400m", "checkpoints": "300m", "datastream": "300m", "forecast": "300m"}
FULL_FOR = 15.0
"""Seconds in which every part tries to write."""


@pytest.fixture(scope="module")
def healing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Healing]:
    stack = RunningStack(tmp_path_factory.mktemp("disk"))
    stack.environment |= {"STREAMING_TIME_DELTA": "0.01", "DAILY_SECONDS": "5", "KAFKA_RETENTION_MB": "64"}
    data = stack.home / "data"
    mounted: list[Path] = []
    try:
        stack.must("./build_setup.sh", "--native")
        stack.must("./clean.sh", "--keep-data")
        for name, size in SIZES.items():
            aside = stack.folder / f"aside-{name}"
            (data / name).mkdir(exist_ok=True)  # none if nothing was stored there yet
            shutil.move(data / name, aside)
            (data / name).mkdir()
            subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", data / name], check=True)
            mounted.append(data / name)
            shutil.copytree(aside, data / name, symlinks=True, dirs_exist_ok=True)
        stack.must("./build_setup.sh", "--native")
        yield Healing(stack)
    finally:
        stack.run("./clean.sh", "--yes", "--keep-data")
        for process in stack.processes():
            process.kill()
        for folder in mounted:
            subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder: Path) -> Iterator[None]:
    """Within the block a file takes all the room."""
    filler = folder / "filler"
    try:
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(1 << 20))
        yield
    finally:
        filler.unlink()


@pytest.mark.parametrize("part", SIZES)
def test_a_full_disk_is_told_and_what_waits_goes_on_when_there_is_room(healing: Healing, part: str) -> None:
    stack = healing.stack
    folder = stack.home / "data" / part
    with full(folder):
        told = stack.run("./status.sh")
        assert told.returncode == 1, told.stdout
        assert re.search(rf"the disk of {folder} is full, \d+ MB are free: make room", told.stdout), told.stdout
        until = time.monotonic() + FULL_FOR
        eventually(lambda: time.monotonic() > until, "everything tries to write")
    healing.heals(f"disk of {part} full for {FULL_FOR:.0f} s", time.monotonic())


@pytest.mark.parametrize("part", ["datastream", "checkpoints"])
def test_a_read_only_disk_is_told(healing: Healing, part: str) -> None:
    stack = healing.stack
    folder = stack.home / "data" / part

    def remounted(how: str) -> bool:
        return not subprocess.run(["mount", "-o", f"remount,{how}", folder], capture_output=True).returncode

    eventually(lambda: remounted("ro"), "no file is open for writing")
    try:
        eventually(
            lambda: f"the disk of {folder} is read-only" in stack.run("./status.sh").stdout, "the status says so"
        )
        until = time.monotonic() + FULL_FOR
        eventually(lambda: time.monotonic() > until, "everything tries to write")
    finally:
        assert remounted("rw")
    healing.heals(f"disk of {part} read-only for {FULL_FOR:.0f} s", time.monotonic())


def test_after_all_that_the_store_is_exact(healing: Healing) -> None:
    healing.stack.set_delta(0)
    healing.stack.streams_exactly(SHIPPED)
