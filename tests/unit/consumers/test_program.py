"""The pure parts of the consumers: sharing partitions, counting polls, waiting for rows, bars of a chart."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from consumers import plot
from consumers.exactly_once import checkpoint, program
from consumers.files.archive import archive_at
from consumers.kafka.received import Refused
from consumers.parquet import BatchFiles, BatchPolicy
from consumers.station_stats import shares
from testing.doubles import Came, HandClock
from weather import files
from weather.errors import SetupError
from weather.messages import station_report_pb2
from weather.settings import Consumers, Variables


def test_three_workers_share_six_partitions_in_pairs() -> None:
    assert shares(range(6), 3) == [range(0, 2), range(2, 4), range(4, 6)]


@pytest.mark.parametrize("count", [1, 2, 4, 5, 7])
def test_every_partition_has_one_worker(count: int) -> None:
    groups = shares(range(count), 3)
    assert [partition for group in groups for partition in group] == list(range(count))
    assert len(groups) == min(count, 3)
    assert all(groups)


def test_polls_end_after_so_many_or_when_told() -> None:
    stop = threading.Event()
    assert list(program.polls(3, stop)) == [0, 1, 2]
    endless = program.polls(0, stop)
    assert [next(endless) for _ in range(5)] == [0, 1, 2, 3, 4]
    stop.set()
    assert list(endless) == []


class Steps(list[str]):
    """A topic, its dead letters and a sink in one, which note what they are asked to do, in its order."""

    partition, offset, is_pending = 0, 0, False

    def poll(self, seconds: float) -> dict[int, list[Came]]:
        self.append("poll")
        return {0: [Came(0, 7, None, b"bad")]} if self.count("poll") == 1 else {}

    def is_due(self) -> bool:
        return self.is_pending

    def take(self, messages: list[Came]) -> list[Refused]:
        self.append("take")
        self.is_pending = True
        return [Refused(messages[0], "bad")]

    def send(self, refused: list[Refused]) -> None:
        self.append(f"send letter of {refused[0].message.offset}")

    def confirm(self) -> None:
        self.append("letters confirmed")

    def check_unchanged(self) -> None:
        self.append("topic unchanged")

    def commit(self) -> None:
        self.append("commit")
        self.is_pending = False


def test_a_batch_is_kept_after_its_letters_are_confirmed_and_the_topic_is_still_the_same() -> None:
    steps: Any = Steps()
    program.follow(steps, {0: steps}, steps, range(2))
    kept = ["poll", "take", "send letter of 7", "letters confirmed", "topic unchanged", "commit"]
    assert steps == [*kept, "poll"]


def row(offset: int, day: int = 1) -> Came:
    message = station_report_pb2.Report(date=f"2000-01-{day:02}", degrees=1.0, station_id="StationA")
    return Came(0, offset, None, message.SerializeToString())


def test_a_batch_is_due_when_it_is_large_enough_or_has_waited(tmp_path: Path) -> None:
    clock = HandClock()
    kept = BatchFiles(tmp_path, 0, archive_at(str(tmp_path)), BatchPolicy(3, 60.0), clock.now)
    assert not kept.is_due()
    kept.take([row(0, 1), row(1, 2)])
    clock.time += 59.0
    assert (kept.is_pending, kept.is_due()) == (True, False)
    clock.time += 1.0
    assert kept.is_due()
    kept.commit()
    assert (kept.is_pending, kept.is_due()) == (False, False)
    kept.take([row(2, 3), row(3, 4), row(4, 5)])
    assert kept.is_due()


def test_a_row_that_was_sent_again_is_known_after_a_restart(tmp_path: Path) -> None:
    archive = archive_at(str(tmp_path))
    kept = BatchFiles(tmp_path, 0, archive)
    kept.take([row(0, 1), row(1, 2)])
    kept.commit()
    again = BatchFiles(tmp_path, 0, archive)
    assert again.offset == 2
    again.take([row(2, 1), row(3, 2), row(4, 3)])
    again.commit()
    assert archive.read(0, 1).to_pylist() == [{"station_id": "StationA", "date": "2000-01-03", "degrees": 1.0}]
    assert checkpoint.load(again.path) == {"batch_id": 1, "offset": 5}


def test_a_batch_of_which_nothing_is_left_passes_its_offset(tmp_path: Path) -> None:
    kept = BatchFiles(tmp_path, 0, archive_at(str(tmp_path)))
    assert len(kept.take([Came(0, 0, None, b"garbage")])) == 1
    kept.commit()
    assert checkpoint.load(kept.path) == {"batch_id": 0, "offset": 1}
    assert archive_at(str(tmp_path)).read(0, 0).num_rows == 0


@pytest.mark.parametrize("document", [b'{"partition": 0, "offset": 0}', b'{"batch_id": -2, "offset": 0}', b"3"])
def test_a_checkpoint_that_is_no_archive_s_is_refused(tmp_path: Path, document: bytes) -> None:
    (tmp_path / "partition-0.json").write_bytes(document)
    with pytest.raises(SetupError, match="move it away"):
        BatchFiles(tmp_path, 0, archive_at(str(tmp_path)))


def test_a_replaced_file_leaves_nothing_beside_it(tmp_path: Path) -> None:
    (tmp_path / "f.json.tmp").write_text("left by a crash")
    files.replace(tmp_path / "f.json", b"1", durable=True)
    files.replace(tmp_path / "f.json", b"2", durable=True)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"f.json": b"2"}


def statistics(average: float) -> dict[str, object]:
    return {"count": 1, "sum": average, "avg": average, "start": "2023-01-01", "end": "2023-01-01"}


def test_a_bar_is_a_month_in_its_most_recent_year() -> None:
    documents = [
        {"partition": 0, "offset": 9, "March": {"2022": statistics(1.0)}},
        {"partition": 3, "offset": 9, "January": {"999": statistics(4.0), "2023": statistics(2.0)}},
    ]
    assert dict(plot.month_bars(documents)) == {"January-2023": 2.0, "March-2022": 1.0}


def test_a_bar_of_the_other_chart_is_a_station() -> None:
    documents = [{"partition": 0, "offset": 9, "B": statistics(1.0)}, {"partition": 1, "A": statistics(2.0)}]
    assert dict(plot.station_bars(documents)) == {"A": 2.0, "B": 1.0}


def test_a_chart_of_nothing_is_empty(tmp_path: Path) -> None:
    assert plot.draw(plot.month_bars(plot.documents(tmp_path)), "°F").startswith(b"<?xml")


def test_files_go_below_the_stack_s_own_folder(variables: Variables) -> None:
    found = Consumers.load(variables)
    assert found.folder.parts[-2:] == ("data", "consumers")
    assert found.archive == ""
