"""The dashboards in a real Grafana, where GRAFANA_HOME or the PATH has one; elsewhere there is nothing to run here.

What it looks for in a page are the test ids of Grafana's own `@grafana/e2e-selectors`.
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
from playwright.sync_api import Browser, expect

from grafana import queries
from native.components import Components
from native.install import Installation
from stack import dashboards
from tests.conftest import InfluxDBServer, eventually, free_port, settings_environment
from tests.integration.test_viewer import BOARDS, TALL, fill
from weather import settings
from weather.secrets import write_secret

FOUND = Installation(settings.Variables(settings_environment()), Path(os.devnull)).grafana()
HOMES = [FOUND] if FOUND else []
PASSWORD = "a password of the test"


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
    complaints = [line for line in log.read_text(errors="replace").splitlines() if "level=error" in line]
    assert not [line for line in complaints if "provisioning" in line]


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/api/health", timeout=2).status_code == 200
    except requests.RequestException:
        return False


@pytest.mark.parametrize("uid", BOARDS)
def test_every_panel_is_drawn_without_an_error(uid: str, address: str, browser: Browser) -> None:
    page = browser.new_page(viewport=TALL)
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    answer = page.request.post(
        f"{address}/login", data=json.dumps({"user": "admin", "password": PASSWORD}),
        headers={"Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.ok
    page.goto(f"{address}/d/{uid}?kiosk")
    for panel in queries.panels(BOARDS[uid]):
        if "$" not in panel["title"]:
            expect(page.get_by_test_id(f"data-testid Panel header {panel['title']}").first).to_be_visible(
                timeout=30_000
            )
    page.wait_for_load_state("networkidle")
    assert page.get_by_test_id("data-testid Panel status error").count() == 0
    assert page.get_by_text("No data", exact=True).count() == 0
    assert complaints == []
    page.close()
