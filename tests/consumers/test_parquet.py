"""The Parquet archive as a program: batches, what it waits for, what its reader reads."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from consumers import reader
from consumers.files.archive import archive_at
from testing import garbage
from testing.environment import ROOT, eventually, settings_environment
from testing.reports_sent import Sent, SentTopic, table_rows
from testing.servers import Broker
from tests.consumers import expected
from tests.consumers.hdfs import HDFS
from tests.consumers.programs import Program, load
from weather.messages import place_report_pb2
from weather.topics import LATE

READS = 10_000
READER = """
import json, pathlib, sys
import pyarrow.parquet as pq
from consumers import reader
from consumers.files.archive import archive_at
folder, reads, rows = pathlib.Path(sys.argv[1]), int(sys.argv[2]), []
archive = archive_at(str(folder))
while reads > 0:
    batches = reader.committed_batches(folder)
    for partition, last in batches.items():
        if last >= 0:
            assert archive.read(partition, last).column_names == ["station_id", "date", "degrees"]
        reads -= 2
    rows.append(sum(batches.values()))
assert rows == sorted(rows)
print(len(set(rows)))
"""


@pytest.fixture
def topic(broker: Broker) -> SentTopic:
    """A topic with 60 days of the ten stations, some rows twice."""
    return SentTopic(broker, 4, table_rows(60))


def read(program: Program) -> pd.DataFrame:
    """What the reader reads, in an order that does not depend on the partitions."""
    frame: pd.DataFrame = reader.table(program.out, archive_at(str(program.out))).to_pandas()
    return frame.sort_values(["date", "station_id"], ignore_index=True)


def wanted(topic: SentTopic) -> pd.DataFrame:
    """All rows that were sent, each once."""
    frame = expected.rows([one for sent in topic.log.values() for one in sent])
    frame = frame.rename(columns={"key": "station_id"})[["station_id", "date", "degrees"]]
    return frame.sort_values(["date", "station_id"], ignore_index=True)


def test_each_poll_of_a_partition_is_a_file_and_its_checkpoint_follows(topic: SentTopic, tmp_path: Path) -> None:
    program = Program("parquet", topic, tmp_path, "0")
    program.run_to_the_end()
    checkpoint = load(tmp_path, 0)
    assert checkpoint == {"batch_id": checkpoint["batch_id"], "offset": topic.ends[0]}
    names = {f"partition-0-batch-{number}.parquet" for number in range(int(str(checkpoint["batch_id"])) + 1)}
    assert {path.name for path in (tmp_path / "data").iterdir()} == names
    assert len(names) >= topic.ends[0] // 25
    assert pq.read_schema(tmp_path / "data" / min(names)).names == ["station_id", "date", "degrees"]


def test_rows_are_accumulated_up_to_a_size_and_the_rest_is_kept_at_the_end(topic: SentTopic, tmp_path: Path) -> None:
    program = Program("parquet", topic, tmp_path, "--min-rows", "60", "--max-wait", "3600")
    code, errors = program.ran("--iterations", "34")
    assert code == 0, errors
    assert program.is_at_the_end()
    pd.testing.assert_frame_equal(read(program), wanted(topic))
    sizes = [pq.read_metadata(path).num_rows for path in (tmp_path / "data").iterdir()]
    assert len(sizes) <= sum(topic.ends.values()) // 60 + 4


def test_rows_do_not_wait_longer_than_they_may(topic: SentTopic, tmp_path: Path) -> None:
    program = Program("parquet", topic, tmp_path, "--min-rows", "1000000", "--max-wait", "2")
    running = program.started()
    try:
        eventually(program.is_at_the_end, "the rows are kept though they are few")
    finally:
        running.kill()
        running.wait()
    pd.testing.assert_frame_equal(read(program), wanted(topic))


def test_a_batch_beyond_the_checkpoint_is_not_read_and_is_replaced_by_the_next_run(
    topic: SentTopic, tmp_path: Path
) -> None:
    program = Program("parquet", topic, tmp_path, "0")
    assert program.ran("--iterations", "2")[0] == 0
    before = read(program)
    beyond = tmp_path / "data" / f"partition-0-batch-{int(str(load(tmp_path, 0)['batch_id'])) + 1}.parquet"
    pq.write_table(pa.table({"station_id": ["x"] * 1000}), beyond)
    pd.testing.assert_frame_equal(read(program), before)
    program.run_to_the_end()
    frame = expected.rows(topic.log[0])
    assert len(read(program)) == len(frame)


def test_an_archive_filled_with_other_checkpoints_is_an_error(topic: SentTopic, tmp_path: Path) -> None:
    program = Program("parquet", topic, tmp_path, "0")
    program.run_to_the_end()
    (tmp_path / "partition-0.json").unlink()
    code, errors = program.ran("--iterations", "1")
    assert code == 1
    assert "this archive was written with other checkpoints" in errors


def test_a_file_that_a_checkpoint_has_committed_but_is_missing_is_an_error(topic: SentTopic, tmp_path: Path) -> None:
    program = Program("parquet", topic, tmp_path, "0")
    program.run_to_the_end()
    shutil.rmtree(tmp_path / "data")
    code, errors = program.ran("--iterations", "1")
    assert (code, "is missing, although the checkpoint has committed it" in errors) == (1, True)
    done = subprocess.run(
        [sys.executable, "-m", "consumers.reader", "--out", str(tmp_path), "--archive", str(tmp_path)],
        cwd=ROOT, env=settings_environment(), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (done.returncode, "has committed it" in done.stderr) == (1, True)


def test_a_message_without_a_station_is_no_row(broker: Broker, tmp_path: Path) -> None:
    rows = [one for one in table_rows(3) if one.key == "StationA"]
    place = place_report_pb2.Report(date="2000-01-01", degrees=3.0).SerializeToString()
    topic = SentTopic(broker, 1, [Sent("x", "2000-01-01", 3.0, each) for each in (place, *garbage.KINDS)] + rows)
    program = Program("parquet", topic, tmp_path)
    log = program.run_to_the_end()
    assert 'first="station_id is missing"' in log
    told = re.findall(r"event=messages_dead_lettered partition=0 messages=(\d+)", log)
    assert sum(map(int, told)) == 1 + len(garbage.KINDS)
    assert set(read(program).station_id) == {"StationA"}


def test_rows_that_the_database_committed_late_are_archived_once(broker: Broker, tmp_path: Path) -> None:
    days = list(dict.fromkeys(one for one in table_rows(5) if one.key in ("StationA", "StationB")))
    late = [days.pop(2), days.pop(4)]
    topic = SentTopic(broker, 1, days)
    program = Program("parquet", topic, tmp_path)
    program.run_to_the_end()
    topic.send(late, headers=[(LATE, b"1")])
    program.run_to_the_end()
    topic.send(late, headers=[(LATE, b"1")])
    topic.send([*days[-2:], *late])
    program.run_to_the_end()
    found = read(program)
    assert len(found) == 10 and not found.duplicated().any()
    assert set(zip(found.station_id, found.date, strict=True)) == {(one.key, one.date) for one in [*days, *late]}


def test_the_reader_prints_a_line_a_station(topic: SentTopic, tmp_path: Path) -> None:
    Program("parquet", topic, tmp_path).run_to_the_end()
    command = [sys.executable, "-m", "consumers.reader", "--out", str(tmp_path), "--archive", str(tmp_path)]
    environment = settings_environment()
    shown = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout
    assert "StationI 60 2000-01-01 2000-02-29 5.0\n" in shown
    assert "StationJ 60 2000-01-01 2000-02-29 4.5\n" in shown
    assert shown.endswith("600 rows\n")
    csv = subprocess.run([*command, "--csv"], cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert len(csv.stdout.splitlines()) == 601


def test_another_process_reads_whole_files_only_while_it_runs(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 4, table_rows(1000))
    program = Program("parquet", topic, tmp_path)
    running = program.started()
    try:
        eventually(lambda: sum(program.offsets().values()) > 0, "the first batch is kept")
        command = [sys.executable, "-c", READER, str(tmp_path), str(READS)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        assert int(done.stdout) > 50, "the archive did not grow while it was read"
    finally:
        running.kill()
        running.wait()


def test_an_archive_that_is_away_ends_the_program_which_goes_on_later(
    topic: SentTopic, tmp_path: Path, hdfs: HDFS
) -> None:
    away = Program("parquet", topic, tmp_path, "0", "--archive", f"webhdfs://127.0.0.1:9{tmp_path}")
    code, errors = away.ran("--iterations", "5")
    assert (code, "consumers.parquet: cannot" in errors, load(tmp_path, 0)) == (1, True, {})
    there = Program("parquet", topic, tmp_path, "0", "--archive", f"{hdfs.uri}{tmp_path}")
    there.run_to_the_end()
    assert len(reader.table(tmp_path, archive_at(f"{hdfs.uri}{tmp_path}"))) == len(expected.rows(topic.log[0]))


@pytest.mark.parametrize("uri", ["nonsense://x", "hdfs://127.0.0.1:9/x"])
def test_a_file_system_that_is_not_to_be_had_is_named(topic: SentTopic, tmp_path: Path, uri: str) -> None:
    code, errors = Program("parquet", topic, tmp_path, "0", "--archive", uri).ran("--iterations", "1")
    assert (code, f"the archive {uri}" in errors) == (1, True)
