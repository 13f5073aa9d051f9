"""The JSON statistics as programs on real topics: what the files hold, and how runs follow each other."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from testing.environment import ROOT, eventually
from testing.reports_sent import Sent, SentTopic, place_days, station_days
from testing.servers import Broker
from tests.consumers import expected
from tests.consumers.programs import Program, load, offset, texts

READS = 10_000
READER = """
import json, pathlib, sys, time
folder, reads, offsets = pathlib.Path(sys.argv[1]), int(sys.argv[2]), set()
for _ in range(reads):
    for path in sorted(folder.glob("partition-*.json")):
        document = json.loads(path.read_bytes())
        for name, found in document.items():
            if name not in ("partition", "offset"):
                assert found["avg"] == found["sum"] / found["count"] and found["start"] <= found["end"], (path, name)
        offsets.add((document["partition"], document["offset"]))
print(len(offsets))
"""


def check(out: Path, topic: SentTopic, expectation: Callable[[int, list[Sent]], dict[str, Any]]) -> None:
    """Every file counts the messages up to its offset."""
    for number, sent in topic.log.items():
        assert load(out, number) == expectation(number, sent[: offset(out, number)])


def test_two_runs_of_thirty_polls_count_each_message_once(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 6, station_days(400))
    program = Program("station_stats", topic, tmp_path)
    seen = []
    for _ in range(2):
        code, errors = program.ran("--iterations", "30")
        assert code == 0, errors
        check(tmp_path, topic, expected.stations)
        seen.append(sum(program.offsets().values()))
    assert 0 < seen[0] < seen[1] < sum(topic.ends.values())
    program.run_to_the_end()
    check(tmp_path, topic, expected.stations)


def test_three_workers_share_six_partitions_and_every_station_has_one_file(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 6, station_days(100))
    Program("station_stats", topic, tmp_path).run_to_the_end()
    files = {number: load(tmp_path, number) for number in range(6)}
    assert [files[number]["partition"] for number in files] == list(range(6))
    stations = [name for document in files.values() for name in document if name not in ("partition", "offset")]
    assert sorted(stations) == [chr(ord("A") + number) for number in range(15)]
    for document in files.values():
        for name in set(document) - {"partition", "offset"}:
            found: Any = document[name]
            assert sorted(found) == ["avg", "count", "end", "start", "sum"]
            days = date.fromisoformat(found["end"]) - date.fromisoformat(found["start"])
            assert found["count"] == days.days + 1 == 100


def test_the_partitions_given_are_read_and_no_others(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 4, place_days(800))
    Program("month_stats", topic, tmp_path, "0", "2").run_to_the_end()
    assert list(texts(tmp_path)) == ["partition-0.json", "partition-2.json"]
    for number in (0, 2):
        assert load(tmp_path, number) == expected.months(number, topic.log[number])


def test_a_month_has_at_most_31_days_and_repeated_days_do_not_spoil_its_average(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 4, place_days(800))
    Program("month_stats", topic, tmp_path).run_to_the_end()
    months: dict[str, Any] = {}
    for number in range(4):
        months |= {name: years for name, years in load(tmp_path, number).items() if isinstance(years, dict)}
    assert len(months) == 12
    assert len(months["January"]) == 3
    found = [year for years in months.values() for year in years.values()]
    assert sum(year["count"] for year in found) == 800
    assert all(year["count"] <= 31 and year["avg"] <= 1000 for year in found)


def test_a_partition_without_messages_has_a_file_from_the_start(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 4)
    assert Program("month_stats", topic, tmp_path, "3").ran("--iterations", "1")[0] == 0
    assert load(tmp_path, 3) == {"partition": 3, "offset": 0}


def test_another_process_never_reads_a_file_that_is_half_written(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 6, station_days(2000))
    program = Program("station_stats", topic, tmp_path)
    running = program.started()
    try:
        eventually(lambda: len(list(tmp_path.glob("partition-*.json"))) == 6, "the files are there")
        reader = [sys.executable, "-c", READER, str(tmp_path), str(READS)]
        read = subprocess.run(reader, capture_output=True, text=True, timeout=120)
        assert read.returncode == 0, read.stderr
        assert int(read.stdout) > 100, "the files did not change while they were read"
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=60)
    check(tmp_path, topic, expected.stations)


def test_told_to_end_it_ends_after_a_complete_commit(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 6, station_days(2000))
    program = Program("station_stats", topic, tmp_path)
    running = program.started()
    eventually(lambda: sum(program.offsets().values()) > 500, "it is in the middle of its work")
    running.send_signal(signal.SIGTERM)
    _, errors = running.communicate(timeout=60)
    assert running.returncode == 0, errors
    assert sum(program.offsets().values()) < sum(topic.ends.values())
    assert list(tmp_path.glob("*.tmp")) == []
    check(tmp_path, topic, expected.stations)


def test_what_comes_while_it_runs_is_counted(broker: Broker, tmp_path: Path) -> None:
    days = station_days(60)
    topic = SentTopic(broker, 6, days[:100])
    program = Program("station_stats", topic, tmp_path)
    running = program.started()
    try:
        eventually(program.is_at_the_end, "the first messages are kept")
        topic.send(days[100:])
        eventually(program.is_at_the_end, "all messages are kept")
    finally:
        running.kill()
        running.wait()
    check(tmp_path, topic, expected.stations)


@pytest.mark.parametrize("program", ["station_stats", "month_stats", "parquet", "reader", "plot", "debug"])
def test_each_program_explains_itself(program: str) -> None:
    command = [sys.executable, "-m", f"consumers.{program}", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0
    assert "usage: python -m consumers." in done.stdout


def test_a_chart_is_drawn_of_the_files_there_are(broker: Broker, tmp_path: Path) -> None:
    topic = SentTopic(broker, 4, place_days(400))
    Program("month_stats", topic, tmp_path, "0", "1").run_to_the_end()
    command = [sys.executable, "-m", "consumers.plot", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, f"{tmp_path / 'month.svg'}\n")
    svg = (tmp_path / "month.svg").read_text("utf-8")
    documents = [json.loads((tmp_path / f"partition-{number}.json").read_text("utf-8")) for number in (0, 1)]
    bars = {f"{m}-{max(y)}" for document in documents for m, y in document.items() if isinstance(y, dict)}
    assert bars
    assert all(f">{bar}<" in svg for bar in bars)
