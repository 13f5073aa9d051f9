"""The dashboards in a real Grafana, where GRAFANA_HOME or the PATH has one; elsewhere there is nothing to run here.

What it looks for in a page are the test ids of Grafana's own `@grafana/e2e-selectors`; what it asks the server for are
documented addresses of its HTTP API. A map is a canvas of OpenLayers.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from grafana import alerts, queries
from stack.common import dashboards
from stack.native.components import Components
from stack.native.install import Installation
from testing.environment import eventually, free_port, settings_environment
from testing.servers import InfluxDBServer
from tests.integration.dashboards.provisioned import BOARDS, OF_EMPTY_PANELS, TALL, fill
from weather import settings
from weather.secrets import write_secret

FOUND = Installation(settings.Variables(settings_environment()), Path(os.devnull)).grafana()
HOMES = [FOUND] if FOUND else []
PASSWORD = "a password of the test"
OFFERED = dashboards.offered(settings.Variables(settings_environment()))


@pytest.fixture(scope="module", params=HOMES, ids=str)
def address(
    request: pytest.FixtureRequest, influxdb_server: InfluxDBServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Grafana as native mode starts it, in front of a filled InfluxDB."""
    fill(influxdb_server)
    home, port = tmp_path_factory.mktemp("grafana"), free_port()
    shutil.copytree(influxdb_server.options.secrets, home / "secrets")
    write_secret(home / "secrets" / "grafana_password", PASSWORD)
    changes = {"GRAFANA_PORT": str(port), "INFLUXDB_PORT": influxdb_server.url.rpartition(":")[2]}
    variables = settings.Variables(settings_environment(HOST="127.0.0.1", STACK_HOME=str(home), **changes))
    dashboards.prepare(variables)
    component = Components(variables, Installation(variables, home / "install.log")).grafana(request.param)
    log = home / "grafana.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            component.command, env=os.environ | component.environment, stdout=output, stderr=output
        )
    address = f"http://127.0.0.1:{port}"
    try:
        eventually(lambda: _answers(address), f"Grafana answers; {log} tells why not")
        yield address
    finally:
        process.terminate()
        process.wait(30)
    lines = log.read_text(errors="replace").splitlines()
    complaints = [line for line in lines if "level=error" in line or "level=warn" in line]
    assert not [line for line in complaints if "provisioning" in line]


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/api/health", timeout=2).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture
def page(address: str, browser: Browser) -> Iterator[Page]:
    """A page of somebody who has logged in; at the end no script may have failed in it."""
    page = browser.new_page(viewport=TALL)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.request.post(
        f"{address}/login", data=json.dumps({"user": "admin", "password": PASSWORD}),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.ok
    yield page
    page.close()
    assert complaints == []


@pytest.mark.parametrize("uid", OFFERED)
def test_every_panel_is_drawn_without_an_error(uid: str, address: str, page: Page) -> None:
    page.goto(f"{address}/d/{uid}?kiosk")
    for panel in queries.panels(BOARDS[uid]):
        if "$" not in panel["title"]:
            expect(page.get_by_test_id(f"data-testid Panel header {panel['title']}").first).to_be_visible(
                timeout=30_000
            )
    page.wait_for_load_state("networkidle")
    assert page.get_by_test_id("data-testid Panel status error").count() == 0
    words = {panel["fieldConfig"]["defaults"]["noValue"] for panel in queries.panels(BOARDS[uid])} - OF_EMPTY_PANELS
    empty = [text for text in ("No data", *words) if len(text) > 1 and page.get_by_text(text, exact=True).count()]
    assert empty == []
    for panel in queries.panels(BOARDS[uid]):
        if panel["type"] in ("timeseries", "geomap") and "$" not in panel["title"]:
            canvases = page.get_by_test_id(f"data-testid Panel header {panel['title']}").first.locator("canvas")
            expect(canvases.first).to_be_visible(timeout=30_000)


@pytest.mark.parametrize("uid", [uid for uid in OFFERED if any(p["type"] == "geomap" for p in BOARDS[uid]["panels"])])
def test_no_map_asks_another_server_and_its_outlines_come_from_grafana(uid: str, address: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/d/{uid}?kiosk")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if url.startswith("http") and not url.startswith(address)]
    assert [url for url in asked if url.endswith("public/maps/countries.geojson")]


def test_a_map_is_at_the_scale_of_its_data(address: str, page: Page) -> None:
    """At the scale of the whole world all markers of Brittany would lie within a few pixels."""
    page.goto(f"{address}/d/overview?kiosk&theme=light")
    page.wait_for_load_state("networkidle")
    canvas = page.locator(".ol-viewport canvas").last
    expect(canvas).to_be_visible(timeout=30_000)
    spread = canvas.evaluate(
        """(canvas) => {
          const {width, height} = canvas;
          const pixels = canvas.getContext("2d").getImageData(0, 0, width, height).data;
          let [left, right] = [width, 0];
          for (let at = 0; at < pixels.length; at += 4) {
            const [red, green, blue, alpha] = pixels.slice(at, at + 4);
            if (alpha < 150 || Math.max(red, green, blue) - Math.min(red, green, blue) < 60) continue;
            left = Math.min(left, (at / 4) % width);
            right = Math.max(right, (at / 4) % width);
          }
          return (right - left) / width;
        }"""
    )
    assert spread > 0.3, "coloured markers reach over a good part of the map"


def test_the_first_page_is_the_overview(address: str, page: Page) -> None:
    page.goto(address)
    page.wait_for_load_state("networkidle")
    home = page.request.get(f"{address}/api/dashboards/home").json()
    assert home["dashboard"]["uid"] == "overview"
    expect(page.get_by_test_id("data-testid Panel header Newest hour").first).to_be_visible(timeout=30_000)


def test_only_dashboards_of_what_is_streamed_are_offered(address: str) -> None:
    found = requests.get(f"{address}/api/search?type=dash-db", auth=("admin", PASSWORD), timeout=10).json()
    assert {board["uid"] for board in found} == set(OFFERED)


def test_every_alert_rule_is_healthy_after_two_evaluations(address: str) -> None:
    def rules() -> dict[str, dict[str, str]]:
        answer = requests.get(f"{address}/api/prometheus/grafana/api/v1/rules", auth=("admin", PASSWORD), timeout=10)
        return {rule["name"]: rule for group in answer.json()["data"]["groups"] for rule in group["rules"]}

    seen: dict[str, set[str]] = {rule.title: set() for rule in alerts.RULES}

    def evaluated_twice() -> bool:
        for name, rule in rules().items():
            if not rule["lastEvaluation"].startswith("0001"):
                seen[name].add(rule["lastEvaluation"])
        return all(len(times) >= 2 for times in seen.values())

    eventually(evaluated_twice, "each rule is evaluated twice, once a minute")
    failed = {name: rule.get("lastError") for name, rule in rules().items() if rule["health"] not in ("ok", "nodata")}
    assert failed == {}, "no figures are no failure: nodata is what a rule without a series reports"
