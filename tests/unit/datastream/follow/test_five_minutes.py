"""NOAA's 5-minute files, followed: official addresses, each row once, partitions, headers, what is not corrected."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import orjson
import pytest

from datastream.message import Item, Message
from datastream.sources.downloads.download import Downloads
from datastream.sources.follow.source import Followed
from datastream.sources.uscrn import noaa_files
from datastream.sources.uscrn.five_minute_format import FiveMinuteFormat
from testing.environment import settings_environment
from testing.file_server import FileServer
from tests.unit.datastream.follow.conftest import Follower
from weather.errors import RejectedRecord, SettingsError, SourceError
from weather.settings import Variables
from weather.settings.locations import Location
from weather.settings.sources import Uscrn as Options

AUSTIN, BRONTE = "TX_Austin_33_NW", "TX_Bronte_11_NNE"
NUMBERS = {AUSTIN: 23907, BRONTE: 3072}

Make = Callable[..., Follower]


def row(station: str, minute: int, temperature: float = 4.2) -> str:
    clock = f"{6 + minute // 60:02}{minute % 60:02}"
    rest = "0.0 0 0 3.9 C 0 93 0 -99.000 -9999.0 990 0 1.57 0"
    return f"{NUMBERS[station]} 20210101 {clock} 20210101 {minute} 2.623 -98.08 30.62 {temperature} {rest}\n"


def rows(station: str, minutes: Sequence[int]) -> bytes:
    return "".join(row(station, minute) for minute in minutes).encode()


def options(**changes: str) -> Options:
    return Options.load(Variables(settings_environment(USCRN_PARTITIONS="2", **changes)))


@pytest.fixture
def follow(server: FileServer, downloads: Downloads, tmp_path: Path) -> Iterator[Make]:
    """Makes a source that follows the stations' files of 2021."""

    def make(*stations: str, every: float = 0.01, since: int = 2021, **changes: str) -> Follower:
        form = FiveMinuteFormat(options(**changes))

        def locations() -> list[Location]:
            return list(noaa_files.files(stations, since, 2021, server.address))

        return Follower(lambda: Followed(locations, form, downloads, tmp_path / "state", every))

    yield make


def put(server: FileServer, station: str, content: bytes, year: int = 2021) -> None:
    server.put(f"{year}/CRNS0101-05-{year}-{station}.txt", content)


def messages(items: Sequence[Item]) -> list[Message]:
    return [item for item in items if isinstance(item, Message)]


def shown(items: Sequence[Item]) -> list[tuple[str, str]]:
    return [(message.key.decode(), message.event_time[-4:]) for message in messages(items)]


def test_new_rows_are_sent_merged_by_time_each_station_to_its_partition(server: FileServer, follow: Make) -> None:
    put(server, AUSTIN, rows(AUSTIN, [5, 10]))
    put(server, BRONTE, rows(BRONTE, [5, 10]))
    follower = follow(AUSTIN, BRONTE)
    first = follower.next_poll()
    assert shown(first) == [("23907", "0605"), ("3072", "0605"), ("23907", "0610"), ("3072", "0610")]
    assert [message.partition for message in messages(first)] == [0, 1, 0, 1]
    headers = [dict(message.headers) for message in messages(first)]
    assert all(one["stations"] == b"23907 3072" and "last" not in one for one in headers)
    assert orjson.loads(messages(first)[0].value)["source_file"] == f"CRNS0101-05-2021-{AUSTIN}.txt"
    put(server, AUSTIN, rows(AUSTIN, [5, 10, 15]))
    second = follower.next_poll()
    assert shown(second) == [("23907", "0615")]
    assert {dict(m.headers)["stream"] for m in messages(second)} == {one["stream"] for one in headers}
    follower.killed()
    assert shown(follower.next_poll()) == []


def test_a_row_is_sent_once_whatever_becomes_of_it(server: FileServer, follow: Make) -> None:
    put(server, AUSTIN, rows(AUSTIN, [5, 10, 15]))
    follower = follow(AUSTIN)
    follower.next_poll()
    put(server, AUSTIN, (row(AUSTIN, 5) + row(AUSTIN, 10, 9.9) + row(AUSTIN, 20)).encode())
    assert shown(follower.next_poll()) == [("23907", "0620")]
    assert follower.source.counts["changed"] == 1
    put(server, AUSTIN, rows(AUSTIN, [5, 20]))
    assert shown(follower.next_poll()) == []
    follower.restarted()
    assert shown(follower.next_poll()) == [("23907", "0605"), ("23907", "0620")]


def test_read_once_the_last_row_of_each_station_says_so(server: FileServer, follow: Make) -> None:
    put(server, AUSTIN, rows(AUSTIN, [5, 10]))
    put(server, BRONTE, rows(BRONTE, [5]))
    sent = messages(follow(AUSTIN, BRONTE, every=0, USCRN_MODE="sequential").next_poll())
    assert [message.partition for message in sent] == [None, None, None]
    assert [message.headers for message in sent] == [(), (("last", b"1"),), (("last", b"1"),)]


def test_in_january_the_file_of_the_year_before_counts_until_there_is_a_new_one(
    server: FileServer, follow: Make
) -> None:
    put(server, AUSTIN, rows(AUSTIN, [5, 10]), year=2020)
    follower = follow(AUSTIN, since=2020)
    assert shown(follower.next_poll()) == [("23907", "0605"), ("23907", "0610")]
    put(server, AUSTIN, rows(AUSTIN, [15]))
    assert shown(follower.next_poll()) == [("23907", "0615")]


def test_one_date_is_sent_and_invalid_rows_are_set_aside_once(server: FileServer, follow: Make) -> None:
    other_day = row(AUSTIN, 15).replace("20210101", "20210102").encode()
    put(server, AUSTIN, rows(AUSTIN, [5]) + b"23907 nonsense\n" + other_day + row(AUSTIN, 20).encode()[:60])
    follower = follow(AUSTIN, USCRN_DATE="20210101")
    found = follower.next_poll()
    assert shown(found) == [("23907", "0605")]
    rejected = [item for item in found if isinstance(item, RejectedRecord)]
    assert [item.reason for item in rejected] == ["2 columns instead of 23"]
    assert follower.source.counts["skipped"] == 1
    put(server, AUSTIN, rows(AUSTIN, [5]) + b"23907 nonsense\n" + other_day + rows(AUSTIN, [20]))
    again = follower.next_poll()
    assert (shown(again), [item for item in again if isinstance(item, RejectedRecord)]) == ([("23907", "0620")], [])


def test_a_misspelt_station_and_a_station_too_many_are_told(server: FileServer, follow: Make) -> None:
    with pytest.raises(SourceError, match=r"CRNS0101-05-2020-TX_Nowhere\.txt.*neither has it"):
        follow("TX_Nowhere").next_poll()
    with pytest.raises(SettingsError, match="USCRN_STATIONS: Austin is not the name of a station in NOAA's file names"):
        options(USCRN_STATIONS="Austin")
    with pytest.raises(SettingsError, match="USCRN_PARTITIONS=2: the 3 stations of USCRN_STATIONS need a partition"):
        options(USCRN_STATIONS=f"{AUSTIN} {BRONTE} WA_Spokane_17_SSW", USCRN_MODE="partitioned")
    assert options(USCRN_STATIONS=f"{AUSTIN} {BRONTE}", USCRN_MODE="partitioned").follow == 300.0
