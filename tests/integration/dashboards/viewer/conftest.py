"""The viewer in front of a filled InfluxDB, one for all tests of this folder, and pages of it."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from grafana.viewer import build
from grafana.viewer.config import DASHBOARDS, Viewer
from grafana.viewer.server import create_app
from grafana.viewer.store import Store
from stack.native.cache import ensure
from testing.environment import WAIT_TIMEOUT, settings_environment
from testing.servers import InfluxDBServer, running_influxdb
from tests.integration.dashboards.provisioned import TALL, fill
from tests.integration.dashboards.served import Served
from tests.integration.dashboards.viewer.specimen import specimen
from tests.integration.dashboards.viewer.stage import OpenStage, Stage


@pytest.fixture(scope="package")
def influxdb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDBServer]:
    """A real InfluxDB for the tests of this folder."""
    with running_influxdb(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture(scope="package")
def bundle() -> Path:
    """The built page, kept where the stack keeps it."""

    def run(title: str, command: list[str], folder: Path) -> None:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
        assert done.returncode == 0, f"{title}: {done.stdout}{done.stderr}"

    folder = Path(settings_environment()["STACK_CACHE"]) / f"viewer-{build.bundle_digest()}"
    return ensure(folder, lambda made: build.build(made, run))


@pytest.fixture(scope="package")
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


@pytest.fixture
def open_stage(browser: Browser, viewer: Served) -> Iterator[OpenStage]:
    """Opens pages; at the end none may have complained."""
    stages: list[Stage] = []

    def opened(**options: Any) -> Stage:
        page = browser.new_page(**({"viewport": TALL, "color_scheme": "dark"} | options))
        page.set_default_timeout(1000 * WAIT_TIMEOUT)
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
