from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from spark_app import waiting
from testing.environment import free_port
from weather import settings


@pytest.fixture
def listening() -> Iterator[str]:
    """The address of a server that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def test_a_master_that_listens_is_found_also_as_the_second_of_two(listening: str) -> None:
    assert waiting.no_master(f"spark://{listening}") == ""
    assert waiting.no_master(f"spark://127.0.0.1:{free_port()},{listening}") == ""


def test_a_master_that_does_not_listen_is_named() -> None:
    address = f"127.0.0.1:{free_port()}"
    assert waiting.no_master(f"spark://{address}").startswith(f"no Spark master answers at {address}: ")


@pytest.mark.parametrize("url", ["local[2]", "yarn", "k8s://https://127.0.0.1:1"])
def test_other_cluster_managers_are_left_to_spark(url: str) -> None:
    assert waiting.no_master(url) == ""


def test_the_token_is_missing_until_influxdb_is_set_up(variables: settings.Variables, tmp_path: Path) -> None:
    influxdb = replace(settings.InfluxDB.load(variables), secrets=tmp_path)
    assert waiting.no_token(influxdb) == f"{influxdb.write_token_file} does not exist yet: ./build_setup.sh creates it"
    influxdb.write_token_file.write_text("secret")
    assert waiting.no_token(influxdb) == ""


def test_it_waits_until_there_is_no_problem_and_logs_each_problem_once(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="spark_app")
    problems = iter(["no topic", "no topic", "no token", ""])
    waiting.wait_until(lambda: next(problems), threading.Event())
    assert list(problems) == []
    logged = [record for record in caplog.records if record.name == "spark_app"]  # clients of other tests log too
    assert [record.getMessage().count("no t") for record in logged] == [1, 1]


def test_it_waits_no_longer_once_it_is_stopped() -> None:
    stop = threading.Event()
    asked: list[None] = []

    def problem() -> str:
        asked.append(None)
        stop.set()
        return "still no topic"

    waiting.wait_until(problem, stop)
    assert len(asked) == 1
