"""The provisioned dashboards, and a store with data for all their panels."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pandas as pd
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from playwright.sync_api import ViewportSize

from grafana.viewer.config import DASHBOARDS
from testing.environment import ROOT
from testing.servers import InfluxDBServer
from tests.integration.dashboards import known_days
from tests.integration.dashboards.pipeline_points import now, points
from tests.uscrn.sample_points import Month
from weather.reading import FIELDS, HOUR, HOUR_FORMAT, MEASURED, MEASUREMENT, STATION_ID, STATION_NAME

BOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}
OF_EMPTY_PANELS = {
    "Not measured at this station", "No station is silent", "No dead letters", "No outliers", "All queries work",
}  # fmt: skip
"""The words of panels that may be empty while all is well; every other panel must show data here."""
TALL: ViewportSize = {"width": 1280, "height": 4500}


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
        writer.write(server.options.monitoring_bucket, record=list(points(now())))


TRAINING = (
    'rain_training state="waiting for 13 days",days=8,needed=13,model="as_yesterday",problem="" 1790000100',
    'rain_models,model=20260921T120000Z kind="decision_tree",accuracy=0.8,as_yesterday=0.7,never_rain=0.2,brier=0.2,'
    'held_out_days=90,trained_until="2014-01-25" 1790000000',
)
"""What training leaves in the store, as line protocol."""
