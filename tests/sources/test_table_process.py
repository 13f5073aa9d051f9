"""The streamer of the SQL table as a process of its own, which is killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests
from sqlalchemy import insert

from datastream.sources.sql.table import TEMPERATURES
from testing.environment import ROOT, eventually, free_port
from testing.kafka_records import read_all
from testing.servers import Broker
from tests.sources.database_server import DatabaseServer
from tests.sources.table_rows import as_sent, first_rows, report
from weather.settings import Kafka


@contextmanager
def streamer_process(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m datastream`, answering."""
    with log.open("ab") as output:
        command = [sys.executable, "-m", "datastream"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        eventually(lambda: answers(environment), "the streamer answers")
        yield process
    finally:
        process.kill()
        process.wait()


def url(environment: dict[str, str], path: str) -> str:
    return f"http://127.0.0.1:{environment['DATASTREAM_FLASK_PORT']}/{path}"


def answers(environment: dict[str, str]) -> bool:
    try:
        return requests.get(url(environment, "status"), timeout=2).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def environment(database: DatabaseServer, broker: Broker, tmp_path: Path) -> dict[str, str]:
    """The settings of a streamer process of the table, with a home of its own."""
    return database.variables.all() | {
        "STREAM_SOURCE": "sql",
        "KAFKA_PORT": broker.variables.text("KAFKA_PORT"),
        "DATASTREAM_FLASK_PORT": str(free_port()),
        "STACK_HOME": str(tmp_path),
        "SECRETS_DIR": str(database.options.password_file.parent),
        "STREAMING_TIME_DELTA": "0.002",
    }


def test_a_streamer_killed_again_and_again_misses_no_row_and_repeats_few(
    database: DatabaseServer, broker: Broker, environment: dict[str, str], tmp_path: Path
) -> None:
    database.add(*first_rows(3000))
    kafka = Kafka.load(broker.variables)

    def status() -> dict[str, object]:
        return dict(requests.get(url(environment, "status"), timeout=5).json())

    for kills in range(4):
        with streamer_process(environment, tmp_path / "streamer.log") as process:
            if kills == 0:
                form = {"recreate_topics": "1"}
                assert requests.post(url(environment, "start_streaming"), data=form, timeout=30).ok
            if kills < 3:
                eventually(lambda: int(str(status()["rows_sent"])) > 600, "rows flow by themselves")
                os.kill(process.pid, signal.SIGKILL)
            else:
                eventually(lambda: status()["position"] == 3000, "the last row")
                assert requests.post(url(environment, "stop_streaming"), timeout=30).ok
    found = [report(value) for _, _, value, _ in read_all(kafka, "temperatures")]
    assert set(found) == set(as_sent(3000))
    assert len(found) < 3000 + 3 * 1000  # up to a second of rows for each kill


def test_a_row_that_commits_after_the_streamer_was_killed_is_sent_by_the_next_one(
    database: DatabaseServer, broker: Broker, environment: dict[str, str], tmp_path: Path
) -> None:
    def position() -> int:
        return int(requests.get(url(environment, "status"), timeout=5).json()["position"])

    rows = first_rows(3)
    with database.connection() as slow:
        slow.execute(insert(TEMPERATURES).values(**rows[0]._asdict()))
        database.add(*rows[1:])
        with streamer_process(environment, tmp_path / "streamer.log") as process:
            form = {"recreate_topics": "1"}
            assert requests.post(url(environment, "start_streaming"), data=form, timeout=30).ok
            eventually(lambda: position() == 3, "both rows are sent")
            os.kill(process.pid, signal.SIGKILL)
        slow.commit()
    kafka = Kafka.load(broker.variables)

    def found() -> set[tuple[str, str, float]]:
        return {report(value) for _, _, value, _ in read_all(kafka, "temperatures")}

    with streamer_process(environment, tmp_path / "streamer.log"):
        eventually(lambda: found() == set(as_sent(3)), "the late row is in the topic")
        assert requests.post(url(environment, "stop_streaming"), timeout=30).ok


def test_the_program_ends_with_the_names_of_the_sources_where_it_does_not_know_one(
    environment: dict[str, str],
) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "datastream"], cwd=ROOT, env=environment | {"STREAM_SOURCE": "tides"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no source is called 'tides'; there are meteofrance, stations, place, sql" in done.stderr
    assert time.monotonic() - began < 30
