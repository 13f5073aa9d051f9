"""The Parquet archive when its program is killed at any step of a commit, in a local folder and on a real HDFS."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import ANY

import pandas as pd
import pyarrow.parquet as pq
import pytest

from consumers import reader
from consumers.files.archive import Archive, archive_at
from testing.reports_sent import SentTopic, table_rows
from testing.servers import Broker
from tests.consumers import expected
from tests.consumers.killed import ARCHIVE_POINTS, CHECKPOINT_POINTS
from tests.consumers.programs import KILLED, Program, offset

PARTITIONS = 4
DAYS = 70


@pytest.mark.parametrize("place", ["local", pytest.param("hdfs", marks=pytest.mark.long)])
def test_killed_at_every_step_of_a_commit_the_archive_holds_each_row_once(
    broker: Broker, tmp_path: Path, place: str, request: pytest.FixtureRequest
) -> None:
    topic = SentTopic(broker, PARTITIONS, table_rows(DAYS))
    out = tmp_path / "checkpoints"
    uri = str(out) if place == "local" else f"{request.getfixturevalue('hdfs').uri}{tmp_path}"
    archive = archive_at(uri)
    program = Program("parquet", topic, out, "--archive", uri)
    for point in (*ARCHIVE_POINTS, *CHECKPOINT_POINTS):
        before = program.offsets()
        code, errors = program.ran(point=point, commits=1)
        assert code == KILLED, f"{point} was not reached:\n{errors}"
        assert program.offsets() != before, "a killed run keeps what it has committed"
        check_rows(out, archive, topic, f"killed at {point}")
    program.run_to_the_end()
    check_rows(out, archive, topic, "at the end")
    assert program.offsets() == topic.ends
    read = reader.table(out, archive).to_pandas()
    assert len(read) == 10 * DAYS
    assert (read[read.station_id == "StationI"].degrees == 5.0).all()
    assert list(read[read.station_id == "StationJ"].degrees) == [day % 10 for day in range(DAYS)]


def check_rows(out: Path, archive: Archive, topic: SentTopic, when: str) -> None:
    """What the checkpoints vouch for are the rows up to their offsets, each once, in their order."""
    vouched = [one for number, sent in topic.log.items() for one in sent[: offset(out, number)]]
    frame = expected.rows(vouched).rename(columns={"key": "station_id"}).reset_index(drop=True)
    read = reader.table(out, archive).to_pandas()
    pd.testing.assert_frame_equal(read, frame[list(read.columns)], check_dtype=False, obj=when)


def test_a_run_again_leaves_the_files_of_an_undisturbed_run(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, PARTITIONS, table_rows(50))
    first = Program("parquet", topic, tmp_path / "first")
    first.run_to_the_end()
    before = {path.name: path.read_bytes() for path in first.out.rglob("*.parquet")}
    assert first.ran("--iterations", "2") == (0, ANY)
    assert {path.name: path.read_bytes() for path in first.out.rglob("*.parquet")} == before
    assert pq.read_table(first.out / "data" / min(before)).column_names == ["station_id", "date", "degrees"]
