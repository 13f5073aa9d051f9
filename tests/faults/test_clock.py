"""The clock of the machine is set back and forth by a day while the application runs: its queries go on."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from datastream.sources.simulated.stations import all_stations
from spark_app.kafka.topics import ensure_topics
from testing.environment import eventually
from testing.servers import Broker, InfluxDBServer
from tests.forecast.application import Application, Report
from weather.daily import STATISTICS
from weather.topics import PARTITIONS, STATIONS_JSON

pytestmark = pytest.mark.long

LIBRARIES = Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")
STATIONS = 15


def reports(first: int, last: int) -> list[Report]:
    rows = itertools.islice(all_stations(STATIONS, 2000), STATIONS * first, STATIONS * last)
    return [row._asdict() | {"raining": int(row.raining)} for row in rows]


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    """The file with what the clock shows: an offset such as -1d."""
    file = tmp_path / "clock"
    file.write_text("+0")
    return file


@pytest.fixture
def application(broker: Broker, influxdb_server: InfluxDBServer, tmp_path: Path, clock: Path) -> Iterator[Application]:
    made = Application(
        tmp_path / "app", broker, influxdb_server, STREAM_SOURCE="stations", SPARK_JOBS="stats",
        LD_PRELOAD=str(next(LIBRARIES)), FAKETIME_TIMESTAMP_FILE=str(clock), FAKETIME_CACHE_DURATION="1",
        FAKETIME_DONT_FAKE_MONOTONIC="1",
    )  # fmt: skip
    (tmp_path / "app").mkdir()
    ensure_topics(made.kafka, {STATIONS_JSON: PARTITIONS[STATIONS_JSON], f"{STATIONS_JSON}.dlq": 6})
    yield made
    made.kill()


def counted(application: Application) -> set[int]:
    """The numbers of days that the newest statistics of each station count."""
    found = application.points(STATISTICS)
    return set(found.groupby("station").tail(1)["measurements"].astype(int)) if len(found) else set()


def test_the_statistics_follow_through_both_steps(application: Application, clock: Path) -> None:
    application.start()
    application.send(STATIONS_JSON, reports(0, 20))
    eventually(lambda: counted(application) == {20}, "the first days are counted")
    clock.write_text("-1d")
    application.send(STATIONS_JSON, reports(20, 40))
    eventually(lambda: counted(application) == {40}, "days are counted after the clock was set back")
    assert "event=clock_set_back" in application.log.read_text()
    clock.write_text("+1d")
    application.send(STATIONS_JSON, reports(40, 60))
    eventually(lambda: counted(application) == {60}, "and after it was set forth")
