"""The dashboard viewer in a real browser: every provisioned dashboard, and a specimen of what those do not use."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from playwright.sync_api import Browser, Page, ViewportSize, expect

from grafana.titles import TITLES
from grafana.viewer import build
from grafana.viewer.config import DASHBOARDS, Viewer
from grafana.viewer.server import create_app
from grafana.viewer.store import Store
from stack.native.cache import ensure
from testing.environment import ROOT, settings_environment
from testing.servers import InfluxDBServer
from tests.integration.dashboards import known_days
from tests.integration.dashboards.served import Served
from tests.integration.dashboards.test_pipeline_queries import points
from tests.uscrn.sample_points import Month
from weather.reading import FIELDS, HOUR, HOUR_FORMAT, MEASURED, MEASUREMENT, STATION_ID, STATION_NAME

BOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}
CHOICES = {"specimen": "var-places=DINARD&var-places=AURAY"}
PICTURES = ROOT / "artifacts" / "dashboards"
"""Kept by a CI as they are; git ignores them."""
OF_EMPTY_PANELS = {"Not measured here", "No station is silent", "No dead letters", "No outliers"}
"""The words of panels that may be empty while all is well; every other panel must show data here."""
TALL: ViewportSize = {"width": 1280, "height": 4500}

# What keeps a panel from counting as drawn, in words; an empty list where all are. Lines and cells are opaque,
# the grid behind them is not.
NOT_DRAWN = """() => {
  const opaque = (canvas) => {
    const {width, height} = canvas;
    if (!width || !height) return 0;
    const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
    let found = 0;
    for (let at = 3; at < pixels.length; at += 4) found += pixels[at] > 150;
    return found;
  };
  const painted = (panel, least) => [...panel.querySelectorAll('canvas')].some((canvas) => opaque(canvas) > least);
  const tests = {
    timeseries: (panel) => painted(panel, 300), heatmap: (panel) => painted(panel, 2000),
    barchart: (panel) => painted(panel, 300), 'state-timeline': (panel) => painted(panel, 2000),
    geomap: (panel) => painted(panel, 20000),
    table: (panel) => panel.querySelectorAll('[role=gridcell]').length > 0,
    stat: (panel) => /\\d|running|silent/.test(panel.innerText), gauge: (panel) => /\\d/.test(panel.innerText),
    bargauge: (panel) => /\\d/.test(panel.innerText), text: (panel) => panel.innerText.length > 20,
  };
  const panels = [...document.querySelectorAll('[data-viz-panel-key]')];
  const wrong = panels.flatMap((panel) => {
    const title = panel.querySelector('h2, h6')?.innerText ?? panel.dataset.vizPanelKey;
    const own = noValues[title];
    if (panel.innerText.includes('No data')) return [title + ': no data'];
    if (panel.querySelector('[data-testid*="Panel status error"]')) return [title + ': an error'];
    if (own && panel.innerText.includes(own)) return [];
    return tests[panel.dataset.pluginId]?.(panel) ? [] : [title + ': nothing drawn'];
  });
  return panels.length ? wrong : ['no panels'];
}"""


def panel(number: int, kind: str, query: str = "", **more: Any) -> dict[str, Any]:
    place = {"x": number % 3 * 8, "y": 1 + number // 3 * 7, "w": 8, "h": 7}
    targets = [{"refId": "A", "query": query}] if query else []
    return {"id": number, "type": kind, "title": f"{kind} {number}", "gridPos": place, "targets": targets} | more


def specimen() -> dict[str, Any]:
    """One of each kind that the provisioned dashboards leave out."""
    read = f'from(bucket: v.defaultBucket) |> range(start: v.timeRangeStart, stop: v.timeRangeStop) |> filter(fn: (r) => r._measurement == "{MEASUREMENT}" and r._field == "Temperature" and r.station =~ /^${{places:regex}}$/)'  # noqa: E501
    daily = f'{read} |> aggregateWindow(every: 1d, fn: mean, timeSrc: "_start") |> keep(columns: ["_time", "_value", "_field", "station"])'  # noqa: E501
    means = f'{read} |> mean() |> group() |> keep(columns: ["station", "_value"])'
    cold = {"type": "range", "options": {"to": 8, "result": {"text": "cold", "color": "blue"}}}
    mild = {"type": "range", "options": {"from": 8, "result": {"text": "mild", "color": "green"}}}
    rows = {
        "collapsed": True,
        "type": "row",
        "title": "Folded",
        "id": 90,
        "gridPos": {"x": 0, "y": 90, "w": 24, "h": 1},
    }
    panels = [
        panel(0, "gauge", daily, fieldConfig={"defaults": {"unit": "celsius", "min": 0, "max": 20}, "overrides": []}),
        panel(1, "state-timeline", daily, fieldConfig={"defaults": {"mappings": [cold, mild]}, "overrides": []}),
        panel(2, "barchart", means, options={"orientation": "horizontal", "xField": "station"}),
        panel(3, "heatmap", daily, options={"calculate": True}),
        panel(
            4, "text", options={"mode": "markdown", "content": "**$greeting** to ${who} from ${places}, safely<script>"}
        ),
        panel(5, "nodeGraph"),
        panel(6, "stat", daily, title="At $places", repeat="places", gridPos={"x": 0, "y": 20, "w": 24, "h": 5}),
        world_map(),
        rows | {"panels": [panel(91, "stat", means, title="Hidden at first")]},
    ]
    stations = {"type": "custom", "name": "places", "query": "DINARD,AURAY,QUIMPER", "multi": True, "includeAll": True}
    constant = {"type": "constant", "name": "greeting", "query": "Hello", "hide": 2}
    box = {"type": "textbox", "name": "who", "query": "everyone"}
    time = {"from": "2014-01-01T00:00:00Z", "to": "2014-02-01T00:00:00Z"}
    variables = {"list": [stations, constant, box]}
    return {
        "uid": "specimen",
        "title": "Specimen",
        "time": time,
        "timezone": "utc",
        "templating": variables,
        "panels": panels,
    }


def lines() -> Iterator[str]:
    """The shipped month as line protocol."""
    file = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
    columns = [STATION_NAME, STATION_ID, HOUR, *(one.source for one in FIELDS)]
    rows = pd.read_csv(file, sep=";", dtype={STATION_ID: str, HOUR: str}, usecols=columns)
    rows = rows.dropna(how="all", subset=[one.source for one in MEASURED])
    rows["RR1"] = rows["RR1"].replace(-0.1, 0.0)  # a trace of rain
    rows["time"] = pd.to_datetime(rows[HOUR], format=HOUR_FORMAT, utc=True)
    for row in rows.to_dict("records"):
        station = re.sub(r"([ ,=])", r"\\\1", row[STATION_NAME])
        values = ",".join(f"{one.name}={row[one.source]!r}" for one in FIELDS if row[one.source] == row[one.source])
        yield f"{MEASUREMENT},station={station},station_id={row[STATION_ID]} {values} {row['time'].timestamp():.0f}"


def fill(server: InfluxDBServer) -> None:
    """Write the shipped month, made-up days of it, a 5-minute month, and ten minutes of a pipeline's figures."""
    with InfluxDBClient(server.url, server.admin_token, org=server.org) as client:
        writer = client.write_api(write_options=SYNCHRONOUS)
        month = [*lines(), *known_days.lines(), *TRAINING]
        for at in range(0, len(month), 5000):
            writer.write(server.bucket, record=month[at : at + 5000], write_precision="s")
        writer.write(server.bucket, record=list(Month().lines()), write_precision="s")
        writer.write(server.options.monitoring_bucket, record=list(points()))


TRAINING = (
    'rain_training state="waiting for 13 days",days=8,needed=13,model="as_yesterday",problem="" 1790000100',
    'rain_models,model=20260921T120000Z kind="decision_tree",accuracy=0.8,as_yesterday=0.7,never_rain=0.2,brier=0.2,'
    'held_out_days=90,trained_until="2014-01-25" 1790000000',
)
"""What training leaves in the store, as line protocol."""


@pytest.fixture(scope="module")
def bundle() -> Path:
    """The built page, kept where the stack keeps it."""

    def run(title: str, command: list[str], folder: Path) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{title}: {done.stdout}{done.stderr}"

    folder = Path(settings_environment()["STACK_CACHE"]) / f"viewer-{build.bundle_digest()}"
    return ensure(folder, lambda made: build.build(made, run))


@pytest.fixture(scope="module")
def viewer(influxdb_server: InfluxDBServer, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The viewer in front of a filled InfluxDB."""
    fill(influxdb_server)
    folder = tmp_path_factory.mktemp("dashboards")
    for path in DASHBOARDS.glob("*.json"):
        shutil.copy(path, folder)
    (folder / "specimen.json").write_text(json.dumps(specimen()), encoding="utf-8")
    config = Viewer("127.0.0.1", 0, folder, bundle, influxdb_server.options)
    server = Served(create_app(config, Store(config.influxdb)))
    yield server
    server.end()


@dataclass
class Stage:
    """A page of the viewer, and what its console complained of."""

    url: str
    page: Page
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> Page:
        self.page.goto(self.url + path)
        return self.page

    def panel(self, title: str) -> Any:
        return self.page.locator("[data-viz-panel-key]").filter(has=self.page.get_by_text(title, exact=True))


OpenStage = Callable[..., Stage]


@pytest.fixture
def open_stage(browser: Browser, viewer: Served) -> Iterator[OpenStage]:
    """Opens pages; at the end none may have complained."""
    stages: list[Stage] = []

    def opened(**options: Any) -> Stage:
        page = browser.new_page(**({"viewport": TALL, "color_scheme": "dark"} | options))
        stage = Stage(viewer.url, page)
        stages.append(stage)
        page.on("console", lambda message: stage.complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: stage.complaints.append(str(error)))
        return stage

    yield opened
    # Chromium drops requests when any network interface of the machine changes; the page asks again.
    complaints = [text for stage in stages for text in stage.complaints if "ERR_NETWORK_CHANGED" not in text]
    for stage in stages:
        stage.page.close()
    assert complaints == []


def wait_until_drawn(stage: Stage, board: dict[str, Any]) -> None:
    """Return when every panel shows its data; fail with those that do not."""
    inner = [one for outer in board["panels"] for one in (outer, *outer.get("panels", []))]
    values = {one.get("title"): one.get("fieldConfig", {}).get("defaults", {}).get("noValue") for one in inner}
    values = {title: words for title, words in values.items() if words in OF_EMPTY_PANELS}
    script = f"() => {{ const noValues = {json.dumps(values)}; return ({NOT_DRAWN})(); }}"
    for _ in range(75):
        wrong = stage.page.evaluate(script)
        if not wrong:
            return
        stage.page.wait_for_timeout(200)
    pytest.fail(f"not drawn: {wrong}")


@pytest.mark.parametrize("uid", BOARDS)
def test_every_panel_is_drawn_in_light_and_dark_and_fits_a_phone(uid: str, open_stage: OpenStage) -> None:
    stage = open_stage()
    for theme in ("light", "dark"):
        stage.open(f"/d/{uid}?theme={theme}&{CHOICES.get(uid, '')}")
        expect(stage.page.get_by_role("heading", name=BOARDS[uid]["title"], exact=True, level=1)).to_be_visible()
        wait_until_drawn(stage, BOARDS[uid])
        stage.page.screenshot(path=PICTURES / f"{uid}-{theme}.png")
    stage.page.set_viewport_size({"width": 390, "height": 6500})
    stage.page.wait_for_timeout(300)
    wait_until_drawn(stage, BOARDS[uid])
    stage.page.screenshot(path=PICTURES / f"{uid}-narrow.png")
    assert stage.page.evaluate("document.documentElement.scrollWidth") == 390
    lefts = stage.page.evaluate("[...document.querySelectorAll('.react-grid-item')].map((e) => e.offsetLeft)")
    assert set(lefts) == {0}


def test_kinds_of_panels_and_variables_that_the_dashboards_leave_out(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open(f"/d/specimen?{CHOICES['specimen']}")
    expect(stage.panel("nodeGraph 5")).to_contain_text("cannot draw panels of type “nodeGraph”")
    board = specimen()
    stage.page.evaluate("document.querySelector('[data-plugin-id=nodeGraph]').removeAttribute('data-viz-panel-key')")
    wait_until_drawn(stage, board)
    expect(stage.panel("text 4")).to_contain_text("Hello to everyone from DINARD + AURAY, safely")
    expect(stage.page.get_by_text(re.compile("^At (DINARD|AURAY)$"))).to_have_count(2)
    expect(stage.page.get_by_text("Hidden at first")).to_have_count(0)
    stage.page.get_by_role("button", name="Expand row").click()
    expect(stage.page.get_by_text("Hidden at first")).to_be_visible()


def test_the_first_page_is_the_overview_and_the_list_is_one_click_away_in_the_order_of_use(
    open_stage: OpenStage,
) -> None:
    stage = open_stage()
    stage.open("/")
    expect(stage.page).to_have_url(re.compile("/d/overview"))
    expect(stage.page.get_by_role("heading", name="Weather overview", exact=True, level=1)).to_be_visible()
    stage.page.get_by_role("banner").get_by_role("link", name="Dashboards", exact=True).click()
    expect(stage.page).to_have_url(re.compile("/dashboards$"))
    for board in BOARDS.values():
        expect(stage.page.get_by_role("link", name=board["title"], exact=True)).to_be_visible()
        expect(stage.page.get_by_text(board["description"])).to_be_visible()
    headings = stage.page.get_by_role("main").get_by_role("link").all_inner_texts()
    assert [text for text in headings if text in TITLES.values()] == list(TITLES.values())
    stage.page.get_by_role("link", name="Station", exact=True).click()
    expect(stage.page).to_have_url(re.compile("/d/station"))
    expect(stage.page.get_by_role("heading", name="Station", exact=True, level=1)).to_be_visible()


# The colours of the map's pixels at 20° W from 10° S to 50° S, which is all sea; empty while nothing is drawn.
AT_SEA = """() => {
  const map = [...document.querySelectorAll('[data-viz-panel-key]')].find((one) => one.innerText.includes('The world'));
  const canvas = map?.querySelector('canvas');
  if (!canvas) return [];
  const {width, height} = canvas;
  const drawing = canvas.getContext('2d');
  const all = drawing.getImageData(0, 0, width, height).data;
  if (!all.some((value) => value > 0)) return [];
  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)) * 180 / Math.PI;
  const perDegree = 256 * 4 * window.devicePixelRatio / 360;
  const x = Math.round(width / 2 - 20 * perDegree);
  const [top, bottom] = [-10, -50].map((lat) => Math.round(height / 2 - mercator(lat) * perDegree));
  const found = new Set();
  for (let y = top; y <= bottom; y += 1) {
    const at = (y * width + x) * 4;
    found.add([...all.slice(at, at + 4)].join());
  }
  return [...found];
}"""


def world_map() -> dict[str, Any]:
    """A map around 0° N 0° E, the world 1024 pixels wide, with the outlines and no marker."""
    view = {"id": "coords", "lat": 0, "lon": 0, "zoom": 2}
    layers = [{"type": "geojson", "name": "Countries", "config": {"src": "public/maps/countries.geojson"}}]
    options = {"view": view, "basemap": {"type": "xyz", "config": {"url": "data:,"}}, "layers": layers}
    words = {"defaults": {"noValue": "No station stands here"}, "overrides": []}
    place = {"x": 0, "y": 60, "w": 12, "h": 12}
    return panel(7, "geomap", title="The world", options=options, gridPos=place, fieldConfig=words)


def test_no_outline_crosses_the_world_where_a_country_crosses_the_date_line(open_stage: OpenStage) -> None:
    """Uncut, those of Fiji would be lines through all oceans."""
    stage = open_stage()
    stage.open(f"/d/specimen?{CHOICES['specimen']}")
    stage.panel("The world").scroll_into_view_if_needed()
    stage.page.wait_for_function(f"() => ({AT_SEA})().length > 0")
    stage.page.wait_for_load_state("networkidle")
    assert len(stage.page.evaluate(AT_SEA)) == 1, "one colour, that of the sea"


def test_an_address_says_what_is_shown_and_a_choice_changes_the_address(open_stage: OpenStage) -> None:
    stage = open_stage()
    link = "/d/station?var-station=DINARD&from=2014-01-10T00:00:00Z&to=2014-01-12T00:00:00Z"
    with stage.page.expect_request(lambda request: "/^DINARD$/" in (request.post_data or "")):
        stage.open(link)
    expect(stage.page.get_by_role("heading", name="DINARD")).to_be_visible()
    expect(stage.page.get_by_text("2014-01-10 00:00:00 to 2014-01-12 00:00:00")).to_be_visible()
    stage.page.reload()
    expect(stage.page.get_by_text("2014-01-10 00:00:00 to 2014-01-12 00:00:00")).to_be_visible()
    stage.open("/d/overview")
    expect(stage.page.get_by_text("Temperature (°C)", exact=True)).to_be_visible()
    stage.page.get_by_role("combobox").first.click()
    stage.page.get_by_role("option", name="Wind speed").click()
    expect(stage.page).to_have_url(re.compile("var-quantity=Wind_speed"))


def test_a_link_in_a_table_leads_to_the_station_with_the_same_time_range(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/meteo?from=2014-01-10T00:00:00Z&to=2014-01-12T00:00:00Z")
    stage.panel("Averages per station").get_by_role("link", name="AURAY").click()
    expect(stage.page).to_have_url(re.compile(r"/d/station\?.*var-station=AURAY"))
    expect(stage.page.get_by_role("heading", name="AURAY")).to_be_visible()
    expect(stage.page.get_by_text("2014-01-10 00:00:00 to 2014-01-12 00:00:00")).to_be_visible()
    stage.page.go_back()
    expect(stage.page.get_by_role("heading", name="Meteo", exact=True, level=1)).to_be_visible()


def test_a_marker_tells_its_values_and_leads_to_its_station(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/overview")
    wait_until_drawn(stage, BOARDS["overview"])
    box = stage.page.get_by_test_id("map").bounding_box()
    assert box is not None
    found = False
    for across in range(20, int(box["width"]) - 20, 8):  # some marker stands on this line across the map
        stage.page.mouse.move(box["x"] + across, box["y"] + box["height"] * 0.44)
        if found := stage.page.get_by_text("Show this station").count() > 0:
            break
    assert found, "no marker told anything"
    stage.page.mouse.click(box["x"] + across, box["y"] + box["height"] * 0.44)
    expect(stage.page).to_have_url(re.compile(r"/d/station\?var-station="))


def test_annotations_stand_in_the_charts_and_can_be_switched_off(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/overview?from=2014-01-20T00:00:00Z&to=2014-02-10T00:00:00Z")
    marker = stage.panel("Temperature spread").get_by_test_id("annotation-marker")
    expect(marker).to_have_count(1)
    stage.page.get_by_role("switch").click(force=True)
    expect(marker).to_have_count(0)


def test_light_and_dark_follow_the_system_the_address_and_the_button(open_stage: OpenStage) -> None:
    stage = open_stage(color_scheme="light")
    root = stage.page.locator("html")
    stage.open("/dashboards")
    expect(root).to_have_attribute("data-theme", "light")
    stage.open("/d/pipeline?theme=dark")
    expect(root).to_have_attribute("data-theme", "dark")
    wait_until_drawn(stage, BOARDS["pipeline"])
    stage.page.get_by_role("button", name="Light theme").click()
    expect(root).to_have_attribute("data-theme", "light")
    expect(stage.page).to_have_url(re.compile("theme=light"))
    wait_until_drawn(stage, BOARDS["pipeline"])
    stage.open("/dashboards")
    expect(root).to_have_attribute("data-theme", "light")


def test_a_kiosk_shows_the_panels_only(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/overview?kiosk")
    wait_until_drawn(stage, BOARDS["overview"])
    expect(stage.page.get_by_role("banner")).to_have_count(0)
    expect(stage.page.get_by_role("contentinfo")).to_have_count(0)
    expect(stage.page.get_by_role("heading", level=1)).to_have_count(0)


def test_the_page_says_what_it_is(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/dashboards")
    expect(stage.page.get_by_role("contentinfo")).to_contain_text("Install Grafana for editing, alerting and users.")


def test_a_dashboard_that_is_not_there_is_said(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/nowhere")
    expect(stage.page.get_by_role("alert")).to_contain_text("there is no dashboard 'nowhere'")
    assert all("404" in text for text in stage.complaints)
    stage.complaints.clear()  # the browser itself notes each refused request
