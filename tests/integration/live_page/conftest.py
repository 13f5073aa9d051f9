"""The live page in a real browser, with the real source and an sink that confirms each record at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ViewportSize, expect

from datastream.message import Source, Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import pages
from datastream.sources.meteofrance.source import MeteoFrance
from datastream.sources.pages import Page
from testing.environment import ROOT, WAIT_TIMEOUT
from tests.integration.live_page.stage import STATIONS, TIME_DELTA, ConfirmingSink, OpenStage, Stage, served

DATA = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"


@pytest.fixture(scope="package")
def shipped() -> Iterator[Source]:
    """The shipped data, sorted once for all tests of this folder."""
    source = MeteoFrance(DATA)
    yield source
    source.close()


@pytest.fixture
def open_stage(browser: Browser, shipped: Source, tmp_path: Path) -> Iterator[OpenStage]:
    """Opens the page of a new streamer; at the end nothing may have gone wrong in it unless the test says so."""
    stages: list[Stage] = []

    def open_page(
        source: Source = shipped,
        viewport: ViewportSize | None = None,
        movable_clock: bool = False,
        shown: Page = pages.METEOFRANCE,
    ) -> Stage:
        sink = ConfirmingSink()
        replay = Replay((Topic("meteo", 4),), False, tmp_path / "position.json", TIME_DELTA)
        streamer = Streamer(source, sink, replay)
        server = served(streamer, shown=shown)
        page = browser.new_page(viewport=viewport)
        page.set_default_timeout(1000 * WAIT_TIMEOUT)
        stage = Stage(streamer, sink, server, page)
        stages.append(stage)
        page.on("console", lambda m: stage.complaints.append(m.text) if m.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: stage.complaints.append(str(error)))
        page.on("request", lambda request: stage.hosts.add(urlsplit(request.url).netloc))
        if movable_clock:
            page.clock.install()
        page.goto(f"{server.url}/")
        if movable_clock:
            expect(page.locator("#state")).to_have_text("stopped")
        return stage

    yield open_page
    for stage in stages:
        stage.page.close()
        stage.server.end()
        stage.streamer.stop()
        assert stage.complaints == []
        assert stage.hosts == {f"127.0.0.1:{stage.server.port}"}


@pytest.fixture
def stage(open_stage: OpenStage) -> Stage:
    """The page of a stopped streamer of the shipped data."""
    return open_stage()


@pytest.fixture
def running(stage: Stage) -> Stage:
    """The same with all stations in the table, and streaming."""
    stage.streamer.time_delta = TIME_DELTA / 4  # the fiftieth station reports from the second day on
    stage.streamer.start()
    expect(stage.page.locator("#stations tbody tr")).to_have_count(STATIONS, timeout=20_000)
    stage.streamer.time_delta = TIME_DELTA
    return stage
