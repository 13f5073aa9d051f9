"""A stack is backed up in the middle of its stream, lost, and restored elsewhere: it equals the original."""

from __future__ import annotations

import csv
import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from testing.environment import ROOT, eventually
from testing.running_stack import RunningStack, assert_same_points, expected_points
from tests.forecast.test_daily_reports import days_counted, expected, month
from tests.sources.table_rows import first_rows
from weather.trained_models import RAIN, ModelFolder

pytestmark = pytest.mark.long

ROWS_OF_TEN_DAYS = 14_000
SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"


def digests(folder: Path) -> dict[str, str]:
    """File below a folder → checksum of its content."""
    files = [file for file in folder.rglob("*") if file.is_file() and not file.name.startswith(".")]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def lose(stack: RunningStack) -> None:
    stack.must("./clean.sh", "--yes")
    assert not stack.home.exists()


def elsewhere(stack: RunningStack, folder: Path) -> RunningStack:
    """Another checkout whose files are newer, with the settings of the first one in case they are needed."""
    made = RunningStack(folder)
    made.environment |= {
        name: value for name, value in stack.environment.items() if name not in ("STACK_HOME", "CONSUMERS_DIR")
    }
    for file in (folder / "data").rglob("*"):
        os.utime(file)
    return made


def end(*stacks: RunningStack) -> None:
    for stack in stacks:
        stack.run("./clean.sh", "--yes")
        for process in stack.processes():
            process.kill()


def test_points_models_and_files_equal_the_original_and_it_streams_on(tmp_path_factory: pytest.TempPathFactory) -> None:
    tmp_path = tmp_path_factory.mktemp("b")
    original, file = RunningStack(tmp_path / "a"), tmp_path / "stack.tar"
    original.environment |= {"STREAMING_TIME_DELTA": "0.002", "DAILY_SECONDS": "5", "TRAIN_PAUSE_SECONDS": "0"}
    restored = elsewhere(original, tmp_path / "z")
    try:
        original.must("./build_setup.sh", "--native")
        models = original.home / "data" / "forecast" / "meteofrance" / "models"
        eventually(lambda: int(original.status()["position"]) > ROWS_OF_TEN_DAYS, "the first training has its days")
        original.set_delta(1.0)
        eventually(lambda: bool(ModelFolder(models, RAIN).names()), "a model is trained")
        written = original.must("./backup.sh", str(file))
        assert "./restore.sh" in written
        before = original.count()
        eventually(lambda: original.count() > before, "the original goes on by itself")
        assert "exists: choose another name" in original.run("./backup.sh", str(file)).stderr
        lose(original)
        assert original.processes() == []

        refused = restored.run("./restore.sh", str(tmp_path / "missing.tar"))
        assert refused.returncode == 1 and "No such file" in refused.stderr
        restored.must_with_its_home_only("./restore.sh", str(file), "--no-start")
        assert restored.status()["state"] == "stopped"
        position = int(restored.status()["position"])
        assert position > 0
        points = restored.points()
        everything = expected_points(SHIPPED)
        assert 0 < len(points) < len(everything)
        assert_same_points(points, everything.loc[points.index])
        unpacked = tmp_path / "unpacked"
        unpacked.mkdir()
        subprocess.run(["tar", "-xf", file, "-C", unpacked], check=True)
        subprocess.run(["tar", "-xzf", unpacked / "places" / "forecast.tar.gz", "-C", unpacked], check=True)
        in_backup = digests(unpacked / "meteofrance")
        assert in_backup and digests(restored.home / "data" / "forecast" / "meteofrance") == in_backup
        assert "there is a stack in" in restored.run("./restore.sh", str(file)).stderr

        restored.must_with_its_home_only("./build_setup.sh")
        assert int(restored.status()["position"]) >= position, "it does not begin at the first row"
        restored.set_delta(0)
        restored.streams_exactly(SHIPPED)
        days = Counter(station for station, _ in expected(month(), "Europe/Paris"))
        eventually(lambda: days_counted(restored) == days, "each day counts once")
        assert int(restored.status()["rows_sent"]) < len(pd.read_csv(SHIPPED, sep=";", usecols=["NUM_POSTE"]))
    finally:
        end(original, restored)


def archived(stack: RunningStack) -> list[tuple[str, str, float]]:
    """Every row of the archive of consumers.parquet, sorted."""
    command = ["bash", "-c", 'set -a && . ./settings.sh && exec "$@"', "bash"]
    done = subprocess.run(
        [*command, sys.executable, "-m", "consumers.reader", "--csv"], cwd=stack.folder,
        env={**os.environ, **stack.environment}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    rows = csv.DictReader(done.stdout.splitlines())
    return sorted((row["station_id"], row["date"], float(row["degrees"])) for row in rows)


def test_a_table_its_topic_and_the_archive_stay_together(tmp_path_factory: pytest.TempPathFactory) -> None:
    """What was in the table, in Kafka or in a file at the time of the backup is in the archive once."""
    tmp_path = tmp_path_factory.mktemp("b")
    original, file = RunningStack(tmp_path / "a"), tmp_path / "stack.tar"
    original.environment |= {
        "STREAM_SOURCE": "sql", "STACK_PROFILES": "consumers", "SQL_ROW_DELTA": "0.01", "STREAMING_TIME_DELTA": "0",
    }  # fmt: skip
    restored = elsewhere(original, tmp_path / "z")
    try:
        original.must("./build_setup.sh", "--native")
        eventually(lambda: len(archived(original)) > 100, "rows are archived")
        original.must("./backup.sh", str(file), "--with-secrets")
        lose(original)
        restored.must("./restore.sh", str(file))
        at_backup = int(restored.status()["position"])
        eventually(lambda: int(restored.status()["position"]) > at_backup + 100, "rows follow")
        sent = int(restored.status()["position"])
        wanted = sorted((row.station_id, row.date.isoformat(), row.degrees) for row in first_rows(sent))
        eventually(lambda: set(wanted) <= set(archived(restored)), "all that was sent is archived")
        found = archived(restored)
        assert len(found) == len(set(found)), "no row is archived twice"
    finally:
        end(original, restored)
