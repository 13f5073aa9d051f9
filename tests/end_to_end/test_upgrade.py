"""A stack that version 0.1 set up is taken over by the present code: natively, with its data, while it streams."""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from pathlib import Path

import pytest

from testing.environment import ROOT, eventually
from testing.running_stack import RunningStack

pytestmark = pytest.mark.long

VERSION_0_1 = "cf674d2c2c00f8b99f1efe55d65f812e48ca757f"
SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"


def checkout(commit: str, folder: Path) -> None:
    """The files of a commit. Fails, with git's reason, in a clone without the history."""
    file = folder.with_suffix(".tar")
    done = subprocess.run(
        ["git", "archive", f"--output={file}", commit], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"the history of the repository is needed: {done.stderr}"
    with tarfile.open(file) as tar:
        tar.extractall(folder, filter="data")


def test_it_goes_on_at_its_position_and_the_store_is_exact(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("u")
    data = folder / "H_29.csv.gz"
    shutil.copy2(SHIPPED, data)
    now = RunningStack(folder / "new")
    now.environment |= {"METEO_DATA": str(data), "STREAMING_TIME_DELTA": "0.01", "TRAIN_AUTOMATICALLY": "0"}
    old = RunningStack(folder / "old")
    shutil.rmtree(old.folder)
    checkout(VERSION_0_1, old.folder)
    old.environment = now.environment
    try:
        old.must("./build_setup.sh", "--native")
        eventually(lambda: old.count() > 1000, "version 0.1 streams")
        output = now.must("./build_setup.sh")
        position = int(now.status()["position"])
        assert position > 1000, output
        assert now.run("./status.sh").returncode == 0, now.run("./status.sh").stdout
        now.set_delta(0)
        now.streams_exactly(SHIPPED)
        assert int(now.status()["rows_sent"]) < 37_000 - 1000, "it went on where version 0.1 was"
        folders = {file.name for file in (now.home / "data" / "checkpoints").iterdir()}
        assert "meteo" in folders
    finally:
        now.run("./clean.sh", "--yes")
        for process in now.processes():
            process.kill()
