"""Statistics in memory and in their file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from consumers.files.statistics_file import StatisticsFile
from consumers.kafka.reports import place_day, station_day
from testing.doubles import Came
from weather.errors import SetupError
from weather.messages import place_report_pb2, report_pb2


def came(offset: int, station: str, day: str, degrees: float) -> Came:
    return Came(2, offset, b"", report_pb2.Report(date=day, station=station, degrees=degrees).SerializeToString())


def test_a_new_partition_begins_at_the_first_offset(tmp_path: Path) -> None:
    kept = StatisticsFile(tmp_path, 2, station_day, 1)
    assert kept.offset == 0
    assert json.loads(kept.path.read_bytes()) == {"partition": 2, "offset": 0}


def test_the_file_says_what_was_counted_and_up_to_where(tmp_path: Path) -> None:
    kept = StatisticsFile(tmp_path, 2, station_day, 1)
    kept.take([came(7, "F", "2000-01-01", 30.0), came(8, "F", "2000-01-02", 31.0), came(10, "I", "2000-01-02", 5.0)])
    kept.commit()
    assert json.loads(kept.path.read_bytes()) == {
        "partition": 2,
        "offset": 11,
        "F": {"count": 2, "sum": 61.0, "avg": 30.5, "start": "2000-01-01", "end": "2000-01-02"},
        "I": {"count": 1, "sum": 5.0, "avg": 5.0, "start": "2000-01-02", "end": "2000-01-02"},
    }


def test_months_are_kept_by_year(tmp_path: Path) -> None:
    kept = StatisticsFile(tmp_path, 0, place_day, 2)
    days = ["1990-01-31", "1990-02-01", "1991-01-01"]
    kept.take([Came(0, n, None, place_report_pb2.Report(date=d, degrees=8.0).SerializeToString())
               for n, d in enumerate(days)])  # fmt: skip
    kept.commit()
    document = json.loads(kept.path.read_bytes())
    assert {month: list(document[month]) for month in ("January", "February")} == {
        "January": ["1990", "1991"],
        "February": ["1990"],
    }


def test_what_is_not_committed_is_not_in_the_file(tmp_path: Path) -> None:
    kept = StatisticsFile(tmp_path, 2, station_day, 1)
    kept.take([came(0, "F", "2000-01-01", 30.0)])
    assert (kept.is_pending, kept.is_due()) == (True, True)
    again = StatisticsFile(tmp_path, 2, station_day, 1)
    assert (again.offset, again.is_pending) == (0, False)


@pytest.mark.parametrize("day", ["2000-01-01", "1999-12-31"])
def test_a_day_that_is_not_after_the_last_was_sent_again(tmp_path: Path, day: str) -> None:
    kept = StatisticsFile(tmp_path, 2, station_day, 1)
    kept.take([came(0, "F", "2000-01-01", 30.0), came(1, "F", day, 1_000_000.0)])
    kept.commit()
    assert kept.document()["F"]["sum"] == 30.0
    assert kept.document()["offset"] == 2


def test_batches_of_any_size_make_the_same_file(tmp_path: Path) -> None:
    days = [f"2000-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    messages = [came(number, "A", day, 0.1 * number) for number, day in enumerate(days)]
    files = []
    for size in (1, 7, len(messages)):
        folder = tmp_path / str(size)
        folder.mkdir()
        for start in range(0, len(messages), size):
            kept = StatisticsFile(folder, 2, station_day, 1)
            kept.take(messages[start : start + size])
            kept.commit()
        files.append(kept.path.read_bytes())
    assert len(set(files)) == 1


def test_what_cannot_be_decoded_comes_back_and_its_offset_is_passed(tmp_path: Path) -> None:
    kept = StatisticsFile(tmp_path, 2, station_day, 1)
    bad = Came(2, 5, b"k", b"garbage")
    (refused,) = kept.take([bad])
    assert (refused.message, refused.reason) == (bad, "not a protobuf message of this topic")
    assert kept.offset == 6


def test_a_file_of_the_other_statistics_is_refused(tmp_path: Path) -> None:
    kept = StatisticsFile(tmp_path, 0, station_day, 1)
    kept.take([came(0, "F", "2000-01-01", 30.0)])
    kept.commit()
    with pytest.raises(SetupError, match="is not a checkpoint of this program"):
        StatisticsFile(tmp_path, 0, place_day, 2)
