"""The live page in a real browser, with the real source and an outlet that confirms each record at once."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import orjson
import pytest
from playwright.sync_api import Browser, Request, Route, ViewportSize, expect
from playwright.sync_api import Page as BrowserPage

from datastream.kafka.in_flight import InFlight
from datastream.message import Message, Record, Source, Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import pages
from datastream.sources.meteofrance.source import MeteoFrance
from datastream.sources.pages import Page
from datastream.sources.simulated import source as generated
from datastream.web.app import create_app
from tests.integration.dashboards.served import Served
from weather.errors import Unavailable
from weather.reading import HOUR, STATION_ID, STATION_NAME
from weather.settings.sources import Place, Stations

DATA = Path(__file__).parents[2] / "data" / "meteofrance" / "H_molene_201401.csv.gz"
STATIONS = 50
TIME_DELTA = 0.002


class ConfirmingOutlet:
    """An Outlet that confirms each record at once, or is away as long as `away` says why."""

    def __init__(self) -> None:
        self.in_flight = InFlight()
        self.away = ""

    def prepare(self) -> None:
        if self.away:
            raise Unavailable(self.away)

    def recreate(self) -> None:
        self.prepare()

    def send(self, record: Record) -> None:
        self.prepare()
        self.in_flight.on_confirmed(record.topic, 1)

    def resend(self) -> None: ...

    def flush(self, timeout: float) -> None: ...

    def close(self, timeout: float) -> None: ...


class ListSource:
    """A Source of the given readings."""

    name = "three readings"
    fingerprint = "three readings"

    def __init__(self, *readings: dict[str, str | float]) -> None:
        self.counts: Counter[str] = Counter()
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
    outlet: ConfirmingOutlet
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


@pytest.fixture(scope="module")
def shipped() -> Iterator[Source]:
    """The shipped data, sorted once for all tests of this file."""
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
        outlet = ConfirmingOutlet()
        replay = Replay((Topic("meteo", 4),), False, tmp_path / "position.json", TIME_DELTA)
        streamer = Streamer(source, outlet, replay)
        server = served(streamer, shown=shown)
        page = browser.new_page(viewport=viewport)
        stage = Stage(streamer, outlet, server, page)
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


def test_the_page_shows_the_state_and_starts_the_stream(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    expect(stage.page.get_by_role("button", name="Stop")).to_be_disabled()
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("running")
    expect(stage.page.locator("#message")).to_have_text("streaming started")
    expect(stage.page.locator("#observation_hour")).to_have_text(re.compile(r"^2014-01-\d\d \d\d:00 UTC$"))
    expect(stage.page.locator("#progress-text")).to_contain_text("of 36,962 rows")
    assert stage.streamer.status()["state"] == "running"


def test_the_table_fills_with_fifty_stations_and_goes_on_updating(running: Stage) -> None:
    hours = "[...document.querySelectorAll('#stations tbody tr')].map((row) => row.cells[1].title)"
    before = running.page.evaluate(hours)
    assert re.fullmatch(r"2014-01-\d\d \d\d:00 UTC", before[0])
    running.page.wait_for_function(
        f"(before) => {hours}.filter((hour, index) => hour > before[index]).length > 40", arg=before
    )
    expect(running.page.locator("#map circle.dot")).to_have_count(STATIONS)
    expect(running.page.locator("#station-count")).to_have_text("50 stations")


def test_the_table_shows_what_the_streamer_sent(running: Stage) -> None:
    running.page.get_by_role("button", name="Stop").click()
    expect(running.page.locator("#state")).to_have_text("stopped")
    running.wait_for_polls()
    shown = dict(zip(column(running, STATION_NAME), column(running, "T"), strict=True))
    sent = [orjson.loads(value) for value in running.streamer.latest()]
    expected = {r[STATION_NAME]: f"{r['T']:.1f}".replace("-", "−") if "T" in r else "–" for r in sent}
    assert shown == expected
    assert "–" in expected.values()


def test_a_column_is_sorted_both_ways_with_missing_values_last(running: Stage) -> None:
    running.streamer.stop()
    running.wait_for_polls()
    for direction, falling in (("ascending", False), ("descending", True)):
        running.page.get_by_role("button", name="Temp.").click()
        expect(running.page.locator("th[data-column=T]")).to_have_attribute("aria-sort", direction)
        texts = column(running, "T")
        values = [float(text.replace("−", "-")) for text in texts if text != "–"]
        assert values == sorted(values, reverse=falling)
        assert texts[len(values) :] == ["–"] * (STATIONS - len(values))


def test_a_row_and_its_dot_point_at_each_other(running: Stage) -> None:
    running.streamer.stop()
    row = running.page.locator("tr[data-station='85163001']")
    dot = running.page.locator("circle[data-station='85163001']")
    row.hover()
    expect(dot).to_have_class(re.compile("pointed"))
    expect(running.page.locator("#tip")).to_contain_text("NOIRMOUTIER EN")
    running.page.locator("h1").hover()
    expect(dot).not_to_have_class(re.compile("pointed"))
    expect(running.page.locator("#tip")).to_be_hidden()
    first_row = running.page.locator("tr[data-station='56004001']")
    expect(first_row).not_to_be_in_viewport()
    running.page.locator("circle[data-station='56004001']").hover()
    expect(first_row).to_have_class(re.compile("pointed"))
    expect(first_row).to_be_in_viewport()


def test_the_keyboard_walks_through_the_rows_while_they_move(running: Stage) -> None:
    running.page.get_by_role("button", name="Temp.").click()
    running.page.keyboard.press("Tab")
    while running.page.evaluate("document.activeElement.tagName") != "TR":
        running.page.keyboard.press("Tab")
    running.page.keyboard.press("ArrowDown")
    station = running.page.evaluate("document.activeElement.dataset.station")
    running.wait_for_polls(4)
    assert running.page.evaluate("document.activeElement.dataset.station") == station
    expect(running.page.locator(f"circle[data-station='{station}']")).to_have_class(re.compile("pointed"))


def test_a_row_that_comes_under_a_resting_pointer_is_not_pointed_at(running: Stage) -> None:
    running.streamer.stop()
    row = running.page.locator("#stations tbody tr").nth(4)
    row.hover()
    running.page.evaluate(
        "() => new Promise((come) => {"
        " document.querySelector('#stations tbody').addEventListener('pointerover', come, {once: true});"
        " document.querySelector('.scroll').scrollTop += 90; })"
    )
    assert "pointed" in (row.get_attribute("class") or "")


def test_the_slider_changes_the_rate_that_the_server_keeps(stage: Stage) -> None:
    slider = stage.page.get_by_role("slider")
    expect(slider).to_have_value("270")  # 500 rows/s
    for place, delta, words in (
        ("200", 0.01, "100 rows/s"),
        ("0", 1.0, "1 row/s"),
        ("405", 0.0, "as fast as possible"),
    ):
        with stage.page.expect_response("**/time_delta"):
            slider.fill(place)
        expect(stage.page.locator("#pace")).to_have_text(words)
        assert stage.streamer.time_delta == delta
        stage.wait_for_polls()
        expect(slider).to_have_value(place)
        expect(stage.page.get_by_label("Seconds between rows")).to_have_value(f"{delta:g}")


def test_the_slider_stays_in_the_hand_that_drags_it(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    slider = stage.page.get_by_role("slider")
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    stage.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    with stage.page.expect_response("**/time_delta"):
        stage.page.mouse.down()
    held = slider.input_value()
    dragged_to = stage.streamer.time_delta
    assert dragged_to == pytest.approx(0.01, rel=0.2)
    post(stage, "time_delta", "t_delta=0.7")
    stage.wait_for_polls(3)
    expect(slider).to_have_value(held)
    stage.page.mouse.up()
    expect(stage.page.locator("#pace")).to_have_text("1.43 rows/s")


def test_an_answer_older_than_a_change_does_not_undo_it(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    stage.page.evaluate(
        "window.shown = []; new MutationObserver(() => shown.push(document.getElementById('pace').textContent))"
        ".observe(document.getElementById('pace'), {childList: true})"
    )
    held: list[Route] = []
    with stage.page.expect_request("**/status"):
        stage.page.route("**/status", lambda route: held.append(route), times=1)
    old_answer = stage.streamer.status()
    with stage.page.expect_response("**/time_delta"):
        stage.page.get_by_role("slider").fill("200")
    expect(stage.page.locator("#pace")).to_have_text("100 rows/s")
    with stage.page.expect_response("**/status"):
        held[0].fulfill(json=old_answer)
    stage.wait_for_polls()
    assert set(stage.page.evaluate("shown")) == {"100 rows/s"}


def test_exact_seconds_are_kept_by_the_server(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    stage.page.get_by_label("Seconds between rows").fill("0.0375")
    stage.wait_for_polls()  # the field is not overwritten before it is sent
    stage.page.get_by_role("button", name="Set").click()
    expect(stage.page.locator("#message")).to_have_text("time delta is now 0.0375 s")
    assert stage.streamer.time_delta == 0.0375


def test_an_invalid_delta_shows_the_servers_message_and_changes_nothing(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    stage.page.get_by_label("Seconds between rows").fill("-1")
    stage.page.keyboard.press("Enter")
    message = stage.page.locator("#message")
    expect(message).to_have_text("the time delta '-1' must be a finite number of seconds, zero or more")
    expect(message).to_have_class("bad")
    assert stage.streamer.time_delta == TIME_DELTA
    expect(stage.page.locator("#pace")).to_have_text("500 rows/s")
    assert [text for text in stage.complaints if "400" not in text] == []
    stage.complaints.clear()  # the browser itself notes each refused request


def test_a_change_made_elsewhere_shows_in_the_page(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    post(stage, "time_delta", "t_delta=0.05")
    expect(stage.page.locator("#pace")).to_have_text("20 rows/s")
    expect(stage.page.get_by_role("slider")).to_have_value("130")
    expect(stage.page.get_by_label("Seconds between rows")).to_have_value("0.05")
    post(stage, "start_streaming")
    expect(stage.page.locator("#state")).to_have_text("running")
    expect(stage.page.get_by_role("button", name="Start", exact=True)).to_be_disabled()


def test_stopping_shows_stopped_and_starting_goes_on_from_there(running: Stage) -> None:
    running.page.get_by_role("button", name="Stop").click()
    expect(running.page.locator("#state")).to_have_text("stopped")
    expect(running.page.locator("#message")).to_have_text("streaming stopped")
    stopped_at = running.streamer.status()["position"]
    running.wait_for_polls()
    expect(running.page.locator("#progress")).to_have_js_property("value", stopped_at)
    running.page.get_by_role("button", name="Start", exact=True).click()
    running.page.wait_for_function("(row) => document.getElementById('progress').value > row", arg=stopped_at)


def test_starting_over_begins_with_the_first_hour_again(running: Stage) -> None:
    post(running, "time_delta", "t_delta=1")
    expect(running.page.locator("#pace")).to_have_text("1 row/s")
    expect(running.page.locator("#observation_hour")).not_to_have_text(re.compile("2014-01-01"))
    running.page.get_by_role("button", name="Start over").click()
    expect(running.page.locator("#observation_hour")).to_have_text("2014-01-01 00:00 UTC")
    expect(running.page.locator("#state")).to_have_text("running")


def test_the_end_of_the_data_shows_as_finished(open_stage: OpenStage) -> None:
    stage = open_stage(ListSource(reading("1", "A", T=3.25), reading("2", "B", T=-4), reading("1", "A", UN=80, UX=90)))
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("finished")
    expect(stage.page.locator("#progress-text")).to_have_text("3 of 3 rows · 100.0 %")
    expect(stage.page.locator("#rows_sent")).to_have_text("3")
    expect(stage.page.locator("tr[data-station='2']")).to_contain_text("−4.0")
    expect(stage.page.locator("tr[data-station='1']")).to_contain_text("80–90")
    expect(stage.page.locator("#source")).to_have_text("three readings")


def test_data_is_shown_as_text_never_as_markup(open_stage: OpenStage) -> None:
    name = "<img src=x onerror=alert(1)><b>X"
    stage = open_stage(ListSource(reading("1'\"<i>", name, T=1.0, FF=3.0, DD=200)))
    stage.streamer.start()
    row = stage.page.locator("#stations tbody tr")
    row.hover()
    assert column(stage, STATION_NAME) == [name]
    expect(stage.page.locator("#tip strong")).to_have_text(name)
    expect(stage.page.locator("tbody img, tbody b, #tip img, #tip b")).to_have_count(0)
    expect(row).to_contain_text("SSW")


def test_a_problem_is_shown_while_it_lasts(stage: Stage) -> None:
    problem = stage.page.locator("#problem")
    stage.outlet.away = "Kafka at 127.0.0.1:9092 does not answer"
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(problem).to_have_text("Kafka at 127.0.0.1:9092 does not answer")
    expect(stage.page.locator("#state")).to_have_text("running")
    stage.outlet.away = ""
    expect(problem).to_be_hidden()


def test_a_failure_is_shown_with_its_reason(open_stage: OpenStage, tmp_path: Path) -> None:
    stage = open_stage(MeteoFrance(tmp_path / "absent.csv"))
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("failed")
    expect(stage.page.locator("#problem")).to_contain_text("absent.csv: there is no such file or folder")
    expect(stage.page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_a_lost_connection_is_said_and_the_page_recovers(running: Stage) -> None:
    running.server.end()
    expect(running.page.locator("#lost")).to_contain_text("Connection lost")
    expect(running.page.locator("#state")).to_have_text("no connection")
    expect(running.page.locator("#stations tbody tr")).to_have_count(STATIONS)
    running.page.get_by_role("button", name="Stop").click()
    expect(running.page.locator("#message")).to_contain_text("does not answer")
    running.server = served(running.streamer, running.server.port)
    expect(running.page.locator("#lost")).to_be_hidden()
    expect(running.page.locator("#state")).to_have_text("running")
    assert [text for text in running.complaints if "ERR_" not in text] == []
    running.complaints.clear()  # the browser itself notes each request without an answer


def test_the_page_waits_for_an_answer_before_it_asks_again(open_stage: OpenStage) -> None:
    stage = open_stage(movable_clock=True)
    unanswered: list[Route] = []
    with stage.page.expect_request("**/status"):
        stage.page.route("**/status", lambda route: unanswered.append(route))
    stage.page.clock.fast_forward(4000)
    stage.page.evaluate("'requests are told in order: one made by now would be known'")
    assert len(unanswered) == 1
    with stage.page.expect_request("**/status"):
        unanswered[0].continue_()


def test_a_streamer_that_hangs_counts_as_lost(open_stage: OpenStage) -> None:
    stage = open_stage(movable_clock=True)
    with stage.page.expect_request("**/status"):
        stage.page.route("**/status", lambda route: None)
    stage.page.clock.fast_forward(6000)
    expect(stage.page.locator("#lost")).to_contain_text("Connection lost", timeout=8000)
    expect(stage.page.locator("#observation_hour")).to_be_visible()


def test_a_hidden_tab_asks_less_often_and_at_once_when_it_is_seen_again(open_stage: OpenStage) -> None:
    stage = open_stage(movable_clock=True)
    asked: list[Request] = []
    stage.page.on("request", lambda request: asked.append(request))

    def hide(hidden: bool) -> None:
        with stage.page.expect_response("**/status", timeout=3000):
            stage.page.evaluate(
                "(hidden) => { Object.defineProperty(document, 'hidden', {configurable: true, value: hidden});"
                " document.dispatchEvent(new Event('visibilitychange')); }",
                hidden,
            )

    hide(True)
    asked.clear()
    stage.page.clock.fast_forward(5000)
    stage.page.evaluate("'requests are told in order: one made by now would be known'")
    assert asked == []
    hide(False)


def test_a_phone_shows_all_without_scrolling_sideways(open_stage: OpenStage) -> None:
    stage = open_stage(viewport={"width": 360, "height": 740})
    stage.streamer.start()
    expect(stage.page.locator("#stations tbody tr")).not_to_have_count(0)
    assert stage.page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_source_of_the_data_is_named(stage: Stage) -> None:
    expect(stage.page.locator("footer")).to_contain_text("Météo-France, Licence Ouverte")
    for path in ("/metrics", "/status", "/health"):
        expect(stage.page.get_by_role("link", name=path)).to_have_attribute("href", path)


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


def test_the_map_has_coasts_within_its_frame(running: Stage) -> None:
    running.page.wait_for_function("document.querySelector('#map .coasts').getAttribute('d')")
    assert len(coast(running)) > 100, "Brittany"
    assert running.page.locator("#map .coasts").get_attribute("clip-path") == "url(#frame)"


def test_simulated_stations_show_their_days_and_where_they_stand(open_stage: OpenStage) -> None:
    source = generated.stations(Stations(count=15, seed=2000, days=31, day_seconds=0.0))
    stage = open_stage(source, shown=pages.STATIONS)
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("finished")
    stage.wait_for_polls()
    assert column(stage, "station") == list("ABCDEFGHIJKLMNO")
    assert set(column(stage, "date")) == {"2000-01-31"}
    sent = [orjson.loads(value) for value in stage.streamer.latest()]
    assert column(stage, "degrees") == [f"{row['degrees']:.1f}".replace("-", "−") for row in sent]
    assert column(stage, "raining") == ["yes" if row["raining"] else "no" for row in sent]
    expect(stage.page.locator("#observation_hour")).to_have_text("2000-01-31")
    expect(stage.page.locator("#station-count")).to_have_text("15 stations")
    expect(stage.page.locator("#source")).to_have_text("15 simulated stations, seed 2000")
    expect(stage.page.locator("#rows_skipped")).to_have_count(0)
    expect(stage.page.locator("#map .dot")).to_have_count(15)
    expect(stage.page.locator("#map-title")).to_have_text("Temperature °F")
    stage.page.locator("#map .dot[data-station='C']").hover()
    expect(stage.page.locator("#tip")).to_contain_text(f"{column(stage, 'degrees')[2]} °F")
    assert len(coast(stage)) > 10, "the Great Lakes and the border"


def test_the_months_of_the_place_are_sorted_as_in_a_year(open_stage: OpenStage) -> None:
    stage = open_stage(generated.place(Place(seed=1990, day_seconds=0.0)), shown=pages.PLACE)
    stage.streamer.time_delta = 0.0
    stage.streamer.start()
    expect(stage.page.locator("#stations tbody tr")).to_have_count(12)
    assert column(stage, "month")[:4] == ["January", "February", "March", "April"]
    expect(stage.page.locator("#progress")).to_be_hidden()
    stage.page.get_by_role("button", name="Month").click()
    assert column(stage, "month")[:2] == ["December", "November"]


@pytest.mark.parametrize("shown", [pages.STATIONS, pages.PLACE, pages.SQL])
def test_a_phone_shows_every_source_without_scrolling_sideways(open_stage: OpenStage, shown: Page) -> None:
    stage = open_stage(ListSource(), viewport={"width": 360, "height": 740}, shown=shown)
    expect(stage.page.locator("#state")).to_have_text("stopped")
    expect(stage.page.locator("#empty")).to_have_text("No row yet: start the stream.")
    assert stage.page.evaluate("document.documentElement.scrollWidth") == 360
