from __future__ import annotations

from typing import Any

import pytest

from stack.status import next_steps, show, stream_details, written
from testing.doubles import ListedMode
from testing.environment import free_port
from weather.settings import Variables, programs

RUNNING = {
    "state": "running",
    "problem": "",
    "rows_sent": 1234,
    "rate": 99.5,
    "time_delta": 0.01,
    "observation_hour": "2014010105",
}


@pytest.fixture
def nobody_listens(environment: dict[str, str]) -> Variables:
    """Settings whose ports are all free."""
    return Variables(environment | {name: str(free_port()) for name in programs.ports()})


def rows(capsys: pytest.CaptureFixture[str]) -> dict[str, list[str]]:
    """The printed table: component → state and what follows."""
    return {words[0]: words[1:] for words in (row.split() for row in capsys.readouterr().out.splitlines())}


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "running: 1234 rows sent, 99.5 rows/s, delta 0.01 s, at 2014010105"),
        (
            {"state": "stopped", "rows_sent": 0, "rate": 0.0, "time_delta": 0.0, "observation_hour": ""},
            "stopped: 0 rows sent, 0 rows/s, delta 0 s, at -",
        ),
        (
            {"state": "failed", "problem": "H.csv: the file is empty"},
            "failed: 1234 rows sent, 99.5 rows/s, delta 0.01 s, at 2014010105; H.csv: the file is empty",
        ),
    ],
)
def test_the_stream_is_told_in_one_line(changes: dict[str, Any], line: str) -> None:
    assert stream_details(RUNNING | changes) == line


def test_the_next_steps_are_those_that_are_left(environment: dict[str, str]) -> None:
    variables = Variables(environment | {"HOST": "0.0.0.0", "DATASTREAM_FLASK_PORT": "15000"})
    assert "./submit.sh and ./start-streaming.sh" in next_steps(variables, ListedMode(), started=False)
    started = next_steps(variables, ListedMode(), started=True)
    assert "http://127.0.0.1:15000/" in started and "./modify_streaming_timedelta.sh 0.01" in started
    assert "Dashboards" not in started, "this mode serves none"


def test_a_stack_of_which_nothing_runs_is_not_healthy(
    nobody_listens: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not show(nobody_listens, ListedMode())
    table = rows(capsys)
    assert list(table) == [
        "component", "kafka", "influxdb", "spark-master", "spark-workers", "datastream", "spark-app", "grafana",
        "rain-model", "disk",
    ]  # fmt: skip
    assert table["kafka"][0] == "stopped"
    assert table["grafana"][0] == "absent"


def test_a_process_that_runs_and_does_not_answer_is_unhealthy(
    nobody_listens: Variables, capsys: pytest.CaptureFixture[str]
) -> None:
    mode = ListedMode()
    mode.known_states = {"kafka": "RUNNING", "influxdb": "BACKOFF", "spark-worker-1": "RUNNING"}
    assert not show(nobody_listens, mode)
    table = rows(capsys)
    assert [table[name][0] for name in ("kafka", "influxdb", "spark-workers", "spark-app")] == [
        "unhealthy", "backoff", "unhealthy", "stopped",
    ]  # fmt: skip
    assert "no answer at" in " ".join(table["kafka"])


def test_the_columns_of_the_table_are_aligned(nobody_listens: Variables, capsys: pytest.CaptureFixture[str]) -> None:
    show(nobody_listens, ListedMode())
    header, *lines = capsys.readouterr().out.splitlines()
    for title in ("state", "address", "details"):
        at = header.index(title)
        assert all(line[at - 2 : at].strip() == "" for line in lines)


def test_each_query_that_wrote_points_is_counted() -> None:
    sums = [
        {"query": query, "_field": field, "_value": value}
        for query, field, value in [
            ("meteo", "points", "1200"), ("meteo", "dead_letters", "3"), ("daily", "points", "0"),
            ("stats", "points", "52"), ("stats", "dead_letters", "1"),
        ]
    ]  # fmt: skip
    assert written(sums) == "points written: meteo 1200, stats 52; 4 dead letters"
    assert written(sums[2:3]) == "points written: none yet; 0 dead letters"
    assert written([]) == "no micro-batch has finished yet"
