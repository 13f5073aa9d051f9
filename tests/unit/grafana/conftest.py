"""The viewer's server, and an InfluxDB behind it that answers as a test says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from grafana.viewer.config import Viewer
from grafana.viewer.server import create_app
from grafana.viewer.store import Store
from tests.unit.grafana.influxdb_in_trouble import TOKEN, InfluxDBInTrouble
from weather import settings
from weather.secrets import write_secret


@pytest.fixture
def influxdb() -> Iterator[InfluxDBInTrouble]:
    server = InfluxDBInTrouble()
    yield server
    server.end()


@pytest.fixture
def config(influxdb: InfluxDBInTrouble, tmp_path: Path) -> Viewer:
    options = settings.InfluxDB(influxdb.url, "org", "meteo", "monitoring", tmp_path / "secrets")
    write_secret(options.read_token_file, TOKEN)
    bundle, dashboards = tmp_path / "bundle", tmp_path / "dashboards"
    dashboards.mkdir()
    (bundle / "world").mkdir(parents=True)
    for name in ("index.html", "app.js", "app.js.gz", "world/10m.json"):
        (bundle / name).write_text(f"this is {name}")
    return Viewer("127.0.0.1", 3000, dashboards, bundle, options)


@pytest.fixture
def client(config: Viewer) -> FlaskClient:
    return create_app(config, Store(config.influxdb)).test_client()
