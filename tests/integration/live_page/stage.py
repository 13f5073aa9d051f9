"""A streamer with its server and a browser's page, and what a test sees and does there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.request import urlopen

import orjson
from playwright.sync_api import Page as BrowserPage

from datastream.message import Message, Record
from datastream.replay.streamer import Streamer
from datastream.sources import pages
from datastream.sources.pages import Page
from datastream.web.app import create_app
from tests.integration.dashboards.served import Served
from weather.errors import Unavailable
from weather.reading import HOUR, STATION_ID, STATION_NAME

STATIONS = 50
TIME_DELTA = 0.002


class ConfirmingSink:
    """A sink that confirms each record at once, or is unavailable while `away` says why."""

    failures = waiting = 0

    def __init__(self) -> None:
        self._report: Callable[[str, int], None] = lambda topic, count: None
        self.away = ""
        self.ends: dict[str, dict[int, int]] = {}

    def report_confirmed_to(self, report: Callable[[str, int], None]) -> None:
        self._report = report

    def collect(self) -> None: ...

    def prepare(self) -> None:
        if self.away:
            raise Unavailable(self.away)

    def ends_in_kafka(self) -> dict[str, dict[int, int]]:
        self.prepare()
        return {}

    def recreate(self) -> None:
        self.prepare()

    def send(self, record: Record) -> None:
        self.prepare()
        self._report(record.topic, 1)

    def retry_failed(self) -> None: ...

    def flush(self, timeout: float) -> None: ...

    def close(self, timeout: float) -> None: ...


class ListSource:
    """A Source of the given readings."""

    name = "three readings"
    fingerprint = earlier_fingerprint = "three readings"

    def __init__(self, *readings: dict[str, str | float]) -> None:
        self.counts: Counter[str] = Counter()
        self.following = None
        self.total = len(readings)
        self._readings = readings

    def refresh(self) -> None: ...

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Message]:
        for reading in self._readings[skip:]:
            yield Message(str(reading[STATION_ID]).encode(), str(reading[HOUR]), orjson.dumps(reading))

    def end_marker(self) -> None: ...

    def close(self) -> None: ...


def served(streamer: Streamer, port: int = 0, shown: Page = pages.METEOFRANCE) -> Served:
    """The streamer's application on a port of this machine."""
    return Served(create_app(streamer, lambda: None, lambda: 0.5, shown), port)


@dataclass
class Stage:
    """A streamer with its server, and a browser's page that shows it."""

    streamer: Streamer
    sink: ConfirmingSink
    server: Served
    page: BrowserPage
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def text(self, element: str) -> str:
        """The words that an element shows now."""
        return self.page.locator(f"#{element}").inner_text()

    def wait_for_polls(self, count: int = 2) -> None:
        """Return when the page has asked for the status `count` more times, and shown the first of the answers."""
        for _ in range(count):
            with self.page.expect_response("**/status"):
                pass


OpenStage = Callable[..., Stage]


def post(stage: Stage, path: str, body: str = "") -> None:
    """Do what a script does, past the page."""
    with urlopen(f"{stage.server.url}/{path}", data=body.encode()) as answer:
        assert answer.status == 200


def column(stage: Stage, source: str) -> list[str]:
    """The texts of a column of the table from top to bottom."""
    index = stage.page.locator("#stations thead th").evaluate_all(
        "(headings, source) => headings.findIndex((heading) => heading.dataset.column === source)", source
    )
    return stage.page.locator(f"#stations tbody tr > :nth-child({index + 1})").all_inner_texts()


def reading(station: str, name: str, **values: float) -> dict[str, str | float]:
    """A reading of the first hour of 2014."""
    return {STATION_ID: station, STATION_NAME: name, "LAT": 48.0, "LON": -4.0, HOUR: "2014010100", **values}


def coast(stage: Stage) -> list[list[float]]:
    """The points of the outlines that are drawn within the frame of the map."""
    points: list[list[float]] = stage.page.evaluate(
        """() => {
          const [left, top, right, bottom] = ["x", "y", "width", "height"].map((name) =>
            Number(document.querySelector("#map .frame").getAttribute(name)))
            .map((value, at, all) => (at < 2 ? value : value + all[at - 2]));
          const drawn = document.querySelector("#map .coasts").getAttribute("d") ?? "";
          return [...drawn.matchAll(/[ML]([-\\d.]+) ([-\\d.]+)/g)].map((found) => [Number(found[1]), Number(found[2])])
            .filter(([x, y]) => x > left && x < right && y > top && y < bottom);
        }"""
    )
    return points
