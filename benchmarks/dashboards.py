"""`./run_benchmarks.sh dashboards [--copies N] [--months N]`: seconds to answer the queries of each overview panel.

The store holds the shipped month of 50 stations, N times under different station numbers and repeated in each of the
following months: 4.4 million readings by default. All queries of a panel are sent at once, as a browser does; "all at
once" is the whole dashboard. Times are medians of the rounds, without the drawing of the page.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import requests

from grafana import queries
from influxdb import daily
from testing.environment import ROOT
from testing.servers import InfluxDBServer, running_influxdb
from testing.throwaway_stack import machine
from weather.reading import FIELDS, HOUR, MEASUREMENT, STATION_ID, STATION_NAME, parse_hour

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
BOARD = ROOT / "grafana" / "provisioning" / "dashboards" / "json" / "overview.json"
FIRST = datetime(2014, 1, 1, tzinfo=UTC)
MONTH = timedelta(days=31)
PANEL_WIDTH = 800
"""Pixels: the number of points of a panel that does not set `maxDataPoints`."""


def lines(copies: int, months: int) -> Iterator[str]:
    """Line protocol in the order of time, with the values that the shipped month has for the hour and the station."""
    with gzip.open(SHIPPED, "rt", encoding="utf-8") as file:
        rows = sorted(csv.DictReader(file, delimiter=";"), key=lambda row: row[HOUR])
    for month in range(months):
        for row in rows:
            fields = ",".join(f"{field.name}={float(row[field.source])}" for field in FIELDS if row[field.source])
            name, number = row[STATION_NAME].replace(" ", "\\ "), row[STATION_ID]
            seconds = int((parse_hour(row[HOUR]) + month * MONTH).timestamp())
            for copy in range(copies):
                yield f"{MEASUREMENT},station={name}\\ {copy},station_id={copy:02d}{number[2:]} {fields} {seconds}"


def load(server: InfluxDBServer, copies: int, months: int) -> int:
    """Write all lines, then run the tasks that compute the days. Return the number of readings."""
    written = 0
    with requests.Session() as session:
        remaining = lines(copies, months)
        while chunk := list(islice(remaining, 5000)):
            place = {"org": server.org, "bucket": server.bucket, "precision": "s"}
            _post(session, server, "write", server.admin_token, place, data="\n".join(chunk).encode())
            written += len(chunk)
        for _ in range(months + 1):
            for flux in daily.tasks(server.bucket).values():
                ask(session, server, server.admin_token, flux)
    return written


def ask(session: requests.Session, server: InfluxDBServer, token: str, flux: str) -> None:
    """Send a query and wait for the whole answer."""
    _post(session, server, "query", token, {"org": server.org}, json={"query": flux})


def _post(
    session: requests.Session, server: InfluxDBServer, path: str, token: str, place: dict[str, str], **body: Any
) -> None:
    url = f"{server.url}/api/v2/{path}"
    answer = session.post(url, params=place, headers={"Authorization": f"Token {token}"}, timeout=300, **body)
    if not answer.ok:
        raise RuntimeError(f"InfluxDB answers {answer.status_code}: {answer.text[:500]}")


def panel_queries(length: timedelta) -> dict[str, list[str]]:
    """Title of a panel → the Flux of its queries over the first part of the data, which has this length."""
    found: dict[str, list[str]] = {}
    for panel in queries.panels(queries.load(BOARD.parent)[BOARD.name]):
        window = queries.window(length, panel.get("maxDataPoints") or PANEL_WIDTH, panel.get("interval"))
        choice = {"quantity": queries.Single("Temperature")}
        found[panel["title"]] = [
            queries.interpolate(
                target["query"], start=FIRST, stop=FIRST + length, window=window, bucket="meteo", variables=choice
            )
            for target in panel["targets"]
        ]
    return found


def seconds(server: InfluxDBServer, fluxes: Sequence[str], rounds: int) -> float:
    """Seconds until all of these queries, sent together, are answered: the median of the rounds."""
    found = []
    with requests.Session() as session, ThreadPoolExecutor(max_workers=len(fluxes)) as pool:
        for _ in range(rounds):
            began = time.monotonic()
            list(pool.map(lambda flux: ask(session, server, server.read_token, flux), fluxes))
            found.append(time.monotonic() - began)
    return statistics.median(found)


def main() -> int:
    """Print one row per panel."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=10, help="copies of the 50 stations (default: 10)")
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    print(machine())
    with tempfile.TemporaryDirectory(prefix="weather-") as folder, running_influxdb(Path(folder)) as server:
        readings = load(server, options.copies, options.months)
        print(f"{readings} readings of {50 * options.copies} stations", flush=True)
        month, year = panel_queries(MONTH), panel_queries(options.months * MONTH)
        print(f"{'panel':<50} {'month':>8} {'year':>8}")
        for title in month:
            took = [seconds(server, fluxes[title], options.rounds) for fluxes in (month, year)]
            print(f"{title:<50} {took[0]:7.2f}s {took[1]:7.2f}s", flush=True)
        together = [[flux for panel in fluxes.values() for flux in panel] for fluxes in (month, year)]
        took = [seconds(server, fluxes, options.rounds) for fluxes in together]
        print(f"{'all at once':<50} {took[0]:7.2f}s {took[1]:7.2f}s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
