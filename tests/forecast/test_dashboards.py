"""Every panel of "Station statistics" and "Predictions" with a real InfluxDB, compared with pandas."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from grafana import queries
from testing.environment import ROOT
from testing.servers import InfluxDBServer
from tests.integration.dashboards import known_days
from weather.trained_models import trained_at

BOARDS = queries.load(ROOT / "grafana" / "provisioning" / "dashboards" / "json")
OURS = [query for uid in ("statistics", "predictions") for query in queries.collect(BOARDS[f"{uid}.json"])]
TABLES = {
    panel["title"]: panel
    for uid in ("statistics", "predictions")
    for panel in queries.panels(BOARDS[f"{uid}.json"])
    if panel["type"] == "table"
}
START, STOP = datetime(2014, 1, 1, tzinfo=UTC), datetime(2014, 2, 1, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0).timestamp()
TRAINED = {"20261101T120000Z": 0.75, "20261102T120000Z": 0.875}

Rows = list[dict[str, Any]]
Show = Callable[..., Rows]

FORECASTS, STATISTICS = known_days.forecasts(), known_days.statistics()
COMPARED = FORECASTS[(FORECASTS.unseen == 1) & FORECASTS.observed.notna()]
RIGHT = (COMPARED.predicted == COMPARED.observed).astype(float)


def _seconds(name: str) -> int:
    """When a model of this name was trained, in seconds since 1970."""
    trained = trained_at(name)
    assert trained is not None
    return int(trained.timestamp())


@pytest.fixture(scope="module")
def show(influxdb_server: InfluxDBServer) -> Iterator[Show]:
    """The rows that a panel's queries answer, by its title."""
    trainings = [
        f'rain_training state="waiting",days=3,needed=8,model="as_yesterday",problem="" {NOW - 60:.0f}',
        f'rain_training state="failed",days=9,needed=8,model="as_yesterday",problem="no disk" {NOW:.0f}',
    ]
    models = [
        f'rain_models,model={name} kind="decision_tree",accuracy={share},as_yesterday=0.7,never_rain=0.2,brier=0.25,'
        f'held_out_days=90,trained_until="2014-01-25" {_seconds(name)}'
        for name, share in TRAINED.items()
    ]
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as client:
        writer = client.write_api(write_options=SYNCHRONOUS)
        writer.write(influxdb_server.bucket, record=[*known_days.lines(), *trainings, *models], write_precision="s")

    def rows(title: str, start: datetime = START, stop: datetime = STOP) -> Rows:
        fluxes = [query.flux for query in OURS if query.owner == title]
        assert fluxes, title
        with InfluxDBClient(influxdb_server.url, influxdb_server.read_token, org=influxdb_server.org) as client:
            found = []
            for flux in fluxes:
                text = queries.interpolate(
                    flux, start=start, stop=stop, window=DAY, bucket=influxdb_server.bucket, variables={}
                )
                found += [dict(record.values) for table in client.query_api().query(text) for record in table.records]
        shown = [{name: value for name, value in row.items() if name not in ("result", "table")} for row in found]
        columns = {name for row in shown for name in row}
        assert not [name for name in columns if name.startswith(("_start", "_stop", "_measurement"))]
        if panel := TABLES.get(title):
            order = panel["transformations"][0]["options"]["indexByName"]
            assert columns - {"station_id"} <= set(order), "a table shows the columns that it names, and no others"
        return shown

    yield rows


def test_the_statistics_are_those_of_each_stations_newest_day(show: Show) -> None:
    found = show("Statistics of each station")
    newest = STATISTICS.groupby("station").tail(1).rename(columns={"time": "_time"}).sort_values("station")
    wanted = newest.drop(columns=["LAT", "LON"]).to_dict("records")
    assert all(row.pop("station_id") == row["station"] for row in found)
    assert found == [{**row, "_time": row["_time"].to_pydatetime()} for row in wanted]
    assert show("Stations with statistics") == [{"_value": 4}]
    assert show("Daily reports") == [{"_value": newest.measurements.sum()}]


@pytest.mark.parametrize(
    ("title", "name"), [("Average to date", "avg"), ("Share of rainy days to date", "rainy_share")]
)
def test_the_statistics_grow_day_by_day(show: Show, title: str, name: str) -> None:
    found = {(row["station"], row["_time"]): row["_value"] for row in show(title)}
    assert found == {(row.station, row.time): getattr(row, name) for row in STATISTICS.itertuples()}


def test_the_coming_day_is_each_stations_newest_prediction(show: Show) -> None:
    found = show("Predictions for the coming day")
    newest = FORECASTS.groupby("station").tail(1).sort_values("probability", ascending=False)
    assert [row["station"] for row in found] == list(newest.station)
    for row, wanted in zip(found, newest.to_dict("records"), strict=True):
        assert (row["_time"], row["probability"]) == (wanted["time"], wanted["probability"])
        for name in ("expected_degrees", "expected_minimum", "expected_maximum"):
            assert row.get(name) == (wanted[name] if wanted[name] == wanted[name] else None)


def test_the_map_shows_each_station_at_its_place(show: Show) -> None:
    newest = FORECASTS.groupby("station").probability.last()
    assert {(row["station"], row["LAT"], row["LON"], row["probability"]) for row in show("Probability of rain")} == {
        (name, *place, newest[name]) for name, place in known_days.PLACES.items()
    }


def test_accuracy_counts_the_days_that_were_not_learned_from_beside_both_baselines(show: Show) -> None:
    assert show("Days compared") == [{"_value": len(COMPARED)}]
    [row] = show("Accuracy")
    assert row == pytest.approx({
        "model": RIGHT.mean(), "never_rain": (COMPARED.observed == 0).mean(),
        "as_yesterday": (COMPARED.observed == COMPARED.yesterday).mean(),
    })  # fmt: skip


def test_accuracy_by_model_counts_the_days_that_each_predicted(show: Show) -> None:
    yesterday = (COMPARED.observed == COMPARED.yesterday).astype(float)
    wanted = [
        {"model": name, "days": len(days), "right": pytest.approx(RIGHT[days.index].mean()),
         "as_yesterday": pytest.approx(yesterday[days.index].mean())}
        for name, days in COMPARED.groupby("model")
    ]  # fmt: skip
    assert len(wanted) == 2 and show("Accuracy by model") == wanted


def test_the_state_of_training_is_the_newest_whatever_days_are_shown(show: Show) -> None:
    [row] = show("Training")
    assert (row["state"], row["problem"], row["since"].timestamp()) == ("failed", "no disk", NOW)


def test_trained_models_are_listed_newest_first_with_their_scores(show: Show) -> None:
    found = show("Trained models")
    assert [(row["model"], row["accuracy"]) for row in found] == sorted(TRAINED.items(), reverse=True)
    assert {(row["kind"], row["brier"], row["held_out_days"], row["trained_until"]) for row in found} == {
        ("decision_tree", 0.25, 90.0, "2014-01-25")
    }


def test_accuracy_over_time_is_that_of_each_day(show: Show) -> None:
    found: dict[str, dict[Any, float]] = {}
    for row in show("Accuracy over time"):
        found.setdefault(row["_field"], {})[row["_time"]] = row["_value"]
    says = pd.DataFrame({
        "model": RIGHT, "never_rain": 1 - COMPARED.observed,
        "as_yesterday": (COMPARED.observed == COMPARED.yesterday).astype(float),
    })  # fmt: skip
    for name in says:
        assert found[str(name)] == pytest.approx(says[name].groupby(COMPARED.time).mean().to_dict())


def test_calibration_is_the_share_of_rainy_days_of_each_tenth(show: Show) -> None:
    shares = COMPARED.groupby((COMPARED.probability * 10).astype(int))["observed"].mean().to_dict()
    wanted = {int(str(part)): share for part, share in shares.items()}
    found = [(row["said"], row["rainy"]) for row in show("Calibration")]
    assert found == [(f"{part * 10}–{part * 10 + 10} %", pytest.approx(100 * value)) for part, value in wanted.items()]


def test_the_confusion_matrix_counts_days(show: Show) -> None:
    wanted = [
        {"came": came, **{f"predicted_{said}": int(((COMPARED.observed == at) & (COMPARED.predicted == number)).sum())
                          for number, said in enumerate(("dry", "rainy"))}}
        for at, came in enumerate(("dry", "rainy"))
    ]  # fmt: skip
    assert show("Confusion matrix") == wanted


def test_errors_are_told_by_station_and_by_month(show: Show) -> None:
    wrong = 1 - RIGHT.groupby(COMPARED.station).mean()
    found = show("Errors by station")
    assert {row["station"]: row["wrong"] for row in found} == pytest.approx(dict(wrong.items()))
    assert [row["wrong"] for row in found] == sorted((row["wrong"] for row in found), reverse=True)
    assert show("Errors by month") == [{"name": "Jan", "wrong": pytest.approx(100 * (1 - RIGHT.mean()))}]


def test_the_model_in_use_is_that_of_the_newest_prediction(show: Show) -> None:
    newest = FORECASTS.time.max().to_pydatetime()
    assert show("Model in use") == [{"model": known_days.MODELS[1], "day": newest}]


def test_errors_of_temperatures_are_means_of_distances(show: Show) -> None:
    [row] = show("Mean absolute error of temperatures")
    for name in ("degrees", "minimum", "maximum"):
        distance = (COMPARED[f"expected_{name}"] - COMPARED[f"observed_{name}"]).abs()
        assert row[name] == pytest.approx(distance.mean())


def test_before_any_day_there_is_nothing_and_no_error(show: Show) -> None:
    titles = {query.owner for query in OURS if query.kind != "annotation"} - {"Training", "Trained models"}
    for title in titles:
        shown = show(title, start=START - 30 * DAY, stop=START - DAY)
        assert not [value for row in shown for value in row.values() if value]


def test_every_panel_is_tried_here() -> None:
    here = Path(__file__).read_text(encoding="utf-8")
    assert not [query.owner for query in OURS if query.kind != "annotation" and f'"{query.owner}"' not in here]
