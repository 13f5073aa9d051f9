"""A department that is followed: history, a day hour by hour, corrections, faults. The tests are chapters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import orjson
import pandas as pd
import pytest
from kafka import KafkaConsumer

from testing.environment import eventually
from testing.file_server import FileServer, Scripted, serving
from testing.running_stack import RunningStack, assert_same_points, expected_points
from tests.live.publication import Key, Publication
from weather import settings

HOURS_TO_COME = 24


class Live:
    """The stack, the server that it follows, and what is published there."""

    def __init__(self, folder: Path, server: FileServer) -> None:
        self.server = server
        self.published = Publication(server, days=6, stations=6)
        self.stack = RunningStack(folder)
        self.stack.environment |= {
            "METEO_DEPARTMENT": "29", "METEO_ADDRESS": server.address, "STREAMING_FOLLOW": "0.5",
            "SPARK_JOBS": "meteo,daily", "SPARK_TRIGGER_SECONDS": "0.2",
        }  # fmt: skip
        self.renamed: dict[str, str] = {}

    def publish(self) -> None:
        """Publish, and return when the streamer has sent what is new."""
        self.published.publish()
        self.asked_again(2)

    def asked_again(self, times: int) -> None:
        """Return when the streamer has asked the server again."""
        before = len(self.server.requests)
        eventually(lambda: len(self.server.requests) >= before + times, "the server is asked again")

    def expected(self, folder: Path) -> pd.DataFrame:
        """What the store should hold: the server's file, as pandas reads it."""
        return expected_points(self.published.write(folder / self.published.name))

    def is_exact(self, folder: Path) -> None:
        """Return when every row is in the store; its points are those of the file."""
        wanted = self.expected(folder)
        eventually(lambda: self.stack.count() == len(wanted), "every row is a point, and withdrawn ones are gone")
        eventually(lambda: equal(self.stack.points(), wanted), "the points are those of the file")
        assert_same_points(self.stack.points(), wanted)

    def sent(self) -> Counter[Key]:
        """How often each row is in the topic."""
        kafka = settings.Kafka.load(self.stack.variables)
        consumer = KafkaConsumer(
            kafka.topic, bootstrap_servers=kafka.bootstrap_servers, auto_offset_reset="earliest",
            consumer_timeout_ms=3000, enable_auto_commit=False,
        )  # fmt: skip
        rows = [orjson.loads(record.value) for record in consumer]
        consumer.close()
        return Counter((row["NUM_POSTE"], row["AAAAMMJJHH"]) for row in rows if "NUM_POSTE" in row)


def equal(got: pd.DataFrame, wanted: pd.DataFrame) -> bool:
    try:
        assert_same_points(got, wanted)
    except AssertionError:
        return False
    return True


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving() as server:
        made = Live(tmp_path_factory.mktemp("live"), server)
        yield made
        made.stack.run("./clean.sh", "--yes")
        for process in made.stack.processes():
            process.kill()


def test_one_setting_streams_a_department_from_its_official_address(live: Live, tmp_path: Path) -> None:
    live.published.add_until(before=HOURS_TO_COME)
    live.published.publish()
    output = live.stack.must("./build_setup.sh", "--native")
    assert "wait for the first points in InfluxDB" in output
    eventually(lambda: live.stack.status()["live"], "the history is sent")
    live.is_exact(tmp_path)
    status = live.stack.status()
    assert (status["state"], status["file"], status["follow"]) == ("running", live.published.name, 0.5)
    assert 3600 * HOURS_TO_COME <= status["late_seconds"] < 3600 * (HOURS_TO_COME + 2)


def test_a_day_passes_hour_by_hour(live: Live, tmp_path: Path) -> None:
    late = [live.published.key(0, 20), live.published.key(1, 20)]
    for before in range(HOURS_TO_COME - 1, HOURS_TO_COME - 9, -1):
        live.published.add_until(before, without=late if before > 17 else ())
        live.publish()
    live.is_exact(tmp_path)
    assert live.sent() == live.published.versions


def test_corrections_and_withdrawals_reach_the_store(live: Live, tmp_path: Path) -> None:
    published = live.published
    published.change(published.key(0, 30), T="11.1")
    published.change(published.key(1, 30), RR1="", QRR1="")
    published.change(published.key(2, 30), QT="2")
    published.withdraw(published.key(3, 40))
    published.change(published.key(3, 45), **{column: "" for column in published.columns if column not in PLACE})
    live.publish()
    live.is_exact(tmp_path)
    assert live.sent() == published.versions


PLACE = ("NUM_POSTE", "NOM_USUEL", "LAT", "LON", "ALTI", "AAAAMMJJHH")


def test_a_station_that_is_renamed_and_moved_stays_one_station(live: Live, tmp_path: Path) -> None:
    published = live.published
    published.add_until(14)
    live.publish()
    station = published.stations[4]
    newest = max(key for key in published.rows if key[0] == station)
    for key in [key for key in published.rows if key[0] == station]:
        if key >= newest:
            published.change(key, NOM_USUEL="A NEW NAME", LAT="48.5", T="3.3")
    live.publish()
    live.is_exact(tmp_path)


def test_a_server_in_trouble_delays_rows_and_loses_none(live: Live, tmp_path: Path) -> None:
    published = live.published
    published.add_until(12)
    live.server.script = [
        Scripted(503), Scripted(429, {"Retry-After": "1"}),
        Scripted(302, {"Location": live.server.address + published.name}),
        Scripted(body=b"<html>maintenance</html>", headers={"ETag": '"page"'}), Scripted(bytes_sent=5000),
        Scripted(pause=0.01),
    ]  # fmt: skip
    published.publish()
    eventually(lambda: not live.server.script, "each of the answers was given")
    live.is_exact(tmp_path)
    live.server.away = True
    eventually(lambda: "the copy of" in live.stack.status()["problem"], "the problem is shown")
    published.add_until(10)
    published.publish()
    live.server.away = False
    live.is_exact(tmp_path)
    eventually(lambda: not live.stack.status()["problem"], "the problem is over")
    assert live.sent() == published.versions


def test_a_streamer_killed_with_9_goes_on_where_it_was(live: Live, tmp_path: Path) -> None:
    published = live.published
    published.add_until(8)
    published.publish()
    live.stack.kill("-m datastream")
    published.add_until(6)
    published.publish()
    live.is_exact(tmp_path)
    live.publish()
    assert live.sent() == published.versions


def test_a_file_that_shrinks_takes_nothing_from_the_store(live: Live, tmp_path: Path) -> None:
    wanted = live.expected(tmp_path)
    rows = live.published.rows
    live.published.rows = {key: cells for key, cells in rows.items() if key[0] not in live.published.stations[:2]}
    live.published.publish()
    eventually(lambda: "rows disappeared at once" in live.stack.status()["problem"], "it is reported")
    live.published.rows = rows
    live.publish()
    assert_same_points(live.stack.points(), wanted)


def test_the_dashboards_open_on_the_last_seven_days(live: Live) -> None:
    for uid in ("overview", "station", "meteo"):
        board = orjson.loads((live.stack.home / "run" / "dashboards" / f"{uid}.json").read_bytes())
        assert board["time"] == {"from": "now-7d", "to": "now"}
