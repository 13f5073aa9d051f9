"""kill -9 of the executor and of the driver in the middle of three streams: the store has each point once."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psutil
import pytest
from influxdb_client import InfluxDBClient

from testing.environment import ROOT, eventually
from testing.servers import InfluxDBServer
from tests.integration.connector.streaming import WAYS

FILES, ROWS = 5, 100
FIRST = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def folder(influxdb_server: InfluxDBServer, tmp_path: Path) -> Path:
    """FILES files of ROWS rows, and the options of the connector."""
    server = influxdb_server
    (tmp_path / "rows").mkdir()
    for number in range(FILES):
        rows = [(number * ROWS + row, f"station {row % 5}") for row in range(ROWS)]
        lines = [
            json.dumps({"time": (FIRST + timedelta(seconds=at)).isoformat(), "station": station, "value": at / 8})
            for at, station in rows
        ]
        (tmp_path / "rows" / f"{number:03}.json").write_text("\n".join(lines))
    token = str(server.options.write_token_file)
    options = {"url": server.url, "org": server.org, "bucket": server.bucket, "tags": "station", "token_file": token}
    (tmp_path / "options.json").write_text(json.dumps(options))
    return tmp_path


class Program:
    """The program of streaming.py, in a session of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        command = [sys.executable, "-m", "tests.integration.connector.streaming", str(folder)]
        with (folder / "log").open("ab") as log:
            environment = os.environ | {"PYTHONPATH": str(ROOT), "SPARK_LOCAL_IP": "127.0.0.1"}
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment, cwd=folder, start_new_session=True
            )

    def children(self, word: str) -> list[psutil.Process]:
        """Its processes with this word in their command line."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # it has ended
                if word in " ".join(child.cmdline()):
                    found.append(child)
        return found

    def kill(self) -> None:
        """kill -9 of the driver, its JVM and its executors."""
        every = [psutil.Process(self.process.pid), *self.children("")]
        for one in every:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.send_signal(signal.SIGKILL)
        self.process.wait()
        psutil.wait_procs(every)


@pytest.fixture
def programs(folder: Path) -> Iterator[list[Program]]:
    started: list[Program] = []
    yield started
    for program in started:
        if program.process.poll() is None:
            program.kill()


def stored(server: InfluxDBServer, way: str) -> dict[datetime, tuple[str, float]]:
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: 2026-01-01T00:00:00Z) '
        f'|> filter(fn: (r) => r._measurement == "{way}")'
    )
    with InfluxDBClient(server.url, server.read_token, org=server.org) as client:
        records = [record for table in client.query_api().query(query) for record in table.records]
    found = {record.get_time(): (record.values["station"], record.get_value()) for record in records}
    assert len(found) == len(records), "each point once"
    return found


@pytest.mark.long
def test_each_row_is_one_point(influxdb_server: InfluxDBServer, folder: Path, programs: list[Program]) -> None:
    def least() -> int:
        assert all(program.process.poll() in (None, -signal.SIGKILL) for program in programs), log.read_text()[-3000:]
        return min(len(stored(influxdb_server, way)) for way in WAYS)

    log = folder / "log"
    programs.append(Program(folder))
    eventually(lambda: least() > 0, "all three write")
    executors = programs[0].children("CoarseGrainedExecutorBackend")
    for executor in executors:
        executor.send_signal(signal.SIGKILL)
    assert executors
    before = least()
    eventually(lambda: least() > before, "all three go on with another executor")
    programs[0].kill()
    assert least() < FILES * ROWS, "it was killed in the middle"
    programs.append(Program(folder))
    assert programs[1].process.wait(timeout=600) == 0, log.read_text()[-3000:]
    wanted = {FIRST + timedelta(seconds=at): (f"station {at % ROWS % 5}", at / 8) for at in range(FILES * ROWS)}
    for way in WAYS:
        assert stored(influxdb_server, way) == wanted, way
