"""Stations that are followed while NOAA's files grow: each complete hour is that of pandas over the files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest

from datastream.kafka.publisher import Publisher
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import registry
from testing.environment import eventually
from testing.file_server import FileServer, Scripted, serving
from testing.kafka_records import read_all
from tests.uscrn import expected, files
from tests.uscrn.conftest import Stack
from tests.uscrn.test_same_as_pandas import cluster, means, same, wait_for
from weather import topics, uscrn

STATIONS = ("TX_Austin_33_NW", "TX_Bronte_11_NNE", "WA_Spokane_17_SSW")
LATENESS = pd.Timedelta(minutes=60)
PER_DAY = 288


@pytest.fixture
def server() -> Iterator[FileServer]:
    with serving() as made:
        yield made


class Publication:
    """The stations' files of last year, and of this year as far as they have grown."""

    def __init__(self, server: FileServer, folder: Path) -> None:
        self._server = server
        self._rows = [file.read_text().splitlines(keepends=True) for file in files.write(folder, days=4).clean]
        self._folder = folder
        self.year = datetime.now(UTC).year

    def publish(self, rows: int) -> None:
        """The first day of each station is in the file of last year, so many rows after it in that of this year."""
        for station, all_rows in zip(STATIONS, self._rows, strict=True):
            for year, part in (self.year - 1, all_rows[:PER_DAY]), (self.year, all_rows[PER_DAY : PER_DAY + rows]):
                name = f"CRNS0101-05-{year}-{station}.txt"
                if part:
                    self._server.put(f"{year}/{name}", "".join(part).encode())
                    (self._folder / name).write_text("".join(part))

    def rows(self) -> pd.DataFrame:
        """The published rows, as pandas reads them."""
        return expected.read(sorted(self._folder.glob("*.txt")))


def complete(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows of the hours that no later row can change."""
    newest = rows.groupby("station").time.transform("max")
    hours: pd.DataFrame = rows[rows.time.dt.floor("h") + pd.Timedelta(hours=1) <= newest - LATENESS]
    return hours


def test_each_complete_hour_is_that_of_the_files_and_each_row_is_sent_once(
    make_stack: Callable[..., Stack], server: FileServer, tmp_path: Path
) -> None:
    published = Publication(server, tmp_path)
    stack = make_stack(
        USCRN_STATIONS=" ".join(STATIONS), USCRN_ADDRESS=server.address, USCRN_SINCE=str(published.year - 1),
        STREAMING_FOLLOW="0.2", USCRN_MODE="partitioned", SPARK_TRIGGER_SECONDS="0.2", SPARK_MASTER_URL=cluster(1),
    )  # fmt: skip
    stack.submit()
    published.publish(rows=0)
    with streaming(stack, tmp_path) as streamer:
        eventually(lambda: bool(streamer.status()["live"]), "the history is sent")
        published.publish(rows=200)
        eventually(lambda: streamer.status()["rows_sent"] == len(published.rows()), "the new rows are sent")
        server.script = [Scripted(503), Scripted(bytes_sent=2000), Scripted(429, {"Retry-After": "1"})]
        published.publish(rows=PER_DAY * 2)
        eventually(lambda: streamer.status()["rows_sent"] == len(published.rows()), "the next rows are sent")
    published.publish(rows=PER_DAY * 3)
    with streaming(stack, tmp_path) as streamer:
        eventually(lambda: streamer.status()["position"] == len(published.rows()), "the rest is sent")
    rows = published.rows()
    wanted = expected.hourly_means(complete(rows))
    wait_for(stack, topics.OUTPUT, uscrn.HOURLY, len(wanted))
    found = means(stack)
    assert same({key: next(iter(values)) for key, values in found.items()}, wanted)
    assert len(read_all(stack.kafka, topics.PARTITIONED)) == len(rows)
    passed = rows.groupby("station").time.max().min() - LATENESS
    hottest = expected.hottest(rows[rows.time.dt.floor("h") + pd.Timedelta(hours=1) <= passed])
    wait_for(stack, topics.MAX_TEMP, uscrn.HOTTEST, len(hottest))
    assert {
        (m["lst_date"], m["lst_hour"]): (m["max_temp"], m["station"], m["source_file"])
        for m in stack.messages(topics.MAX_TEMP)
    } == hottest


@contextmanager
def streaming(stack: Stack, folder: Path) -> Iterator[Streamer]:
    """A streamer that runs during the block, and is then closed as at the end of its process."""
    spec = registry.chosen(stack.variables)
    replay = Replay(spec.topics, loop=False, position_file=folder / "position.json", initial_time_delta=0.0)
    streamer = Streamer(spec.source, Publisher(stack.kafka, spec.topics), replay)
    if not streamer.resume_after_restart():
        streamer.start()
    try:
        yield streamer
    finally:
        streamer.close()
