"""Simulated stations through the whole chain: statistics, dataset, training, predictions. The tests are chapters."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from datastream.sources.simulated.stations import all_stations
from spark_app.kafka.topics import ensure_topics
from testing import garbage
from testing.environment import eventually
from testing.kafka_records import read_all
from testing.servers import Broker, InfluxDBServer
from tests.forecast.application import Application, Report
from weather import dead_letter
from weather.daily import FORECAST, STATISTICS
from weather.topics import FORECASTS, PARTITIONS, STATIONS_JSON
from weather.trained_models import AS_YESTERDAY, RAIN, ModelFolder, TrainingState, choose

STATIONS, SEED, DAYS = 15, 2000, 730
FIRST, SECOND, LATER = 300, 600, DAYS


def simulated(days: int) -> list[Report]:
    rows = itertools.islice(all_stations(STATIONS, SEED), STATIONS * days)
    return [row._asdict() | {"raining": int(row.raining)} for row in rows]


REPORTS = simulated(DAYS)


def reports(first: int, last: int) -> list[Report]:
    """Those of the days with these numbers."""
    return REPORTS[first * STATIONS : last * STATIONS]


@pytest.fixture(scope="module")
def application(
    broker: Broker, influxdb_server: InfluxDBServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Application]:
    made = Application(
        tmp_path_factory.mktemp("chain"), broker, influxdb_server, STREAM_SOURCE="stations", SPARK_CONSOLE="1",
        TRAIN_AUTOMATICALLY="0",
    )  # fmt: skip
    ensure_topics(made.kafka, {STATIONS_JSON: PARTITIONS[STATIONS_JSON], f"{STATIONS_JSON}.dlq": 6})
    yield made
    made.kill()


def expected_statistics(sent: list[Report]) -> pd.DataFrame:
    """What pandas says of the reports, each day once."""
    frame = pd.DataFrame(sent).drop_duplicates(["station", "date"])
    by = frame.groupby("station")
    found = by.agg(
        start=("date", "min"), date=("date", "max"), measurements=("date", "count"), avg=("degrees", "mean"),
        min=("degrees", "min"), max=("degrees", "max"), rainy_share=("raining", "mean"),
    )  # fmt: skip
    found["start"] = pd.to_datetime(found["start"], utc=True).astype("int64") // 10**6
    return found.reset_index().set_index(["station", "date"])


def newest_statistics(application: Application) -> pd.DataFrame:
    found = application.points(STATISTICS)
    return found.groupby("station").tail(1) if len(found) else found


def assert_statistics(application: Application, sent: list[Report]) -> None:
    wanted = expected_statistics(sent)

    def reached() -> bool:
        found = newest_statistics(application)
        return len(found) > 0 and set(found.index) == set(wanted.index)

    eventually(reached, "the statistics reach the last day")
    found = newest_statistics(application).reindex(wanted.index)
    for name in ("start", "measurements", "min", "max"):
        assert list(found[name]) == list(wanted[name]), name
    for name in ("avg", "rainy_share"):
        assert (found[name] - wanted[name]).abs().max() <= 1e-9, name


def test_statistics_are_those_of_pandas_and_repeated_reports_do_not_change_them(application: Application) -> None:
    application.start()
    application.send(STATIONS_JSON, reports(0, FIRST) + reports(FIRST - 5, FIRST)[::3])
    assert_statistics(application, reports(0, FIRST))


def test_before_any_model_is_trained_each_day_from_the_third_on_is_predicted_as_yesterday(
    application: Application,
) -> None:
    wanted = STATIONS * (FIRST - 1)
    eventually(lambda: len(predictions(application)) >= wanted, "all days are predicted")
    found = predictions(application)
    assert len(found) == wanted and set(found["model"]) == {AS_YESTERDAY}
    assert min(found.index.get_level_values("date")) == "2000-01-03"
    assert (found["predicted"] == found["yesterday"]).all() and (found["probability"] == found["yesterday"]).all()
    off = TrainingState("off (TRAIN_AUTOMATICALLY=0): ./submit.sh train starts a training", FIRST - 2, 8, AS_YESTERDAY)
    eventually(lambda: TrainingState.load(models(application)) == off, "training says that it is off")


def in_the_middle_of_a_batch(application: Application) -> bool:
    """Whether the statistics have taken up reports that they have not finished with."""
    (checkpoint,) = (application.home / "data" / "checkpoints").glob("stats-*")
    begun, done = ({int(file.name) for file in (checkpoint / kind).glob("[0-9]*")} for kind in ("offsets", "commits"))
    return max(begun, default=-1) > max(done, default=-1)


def test_a_driver_that_is_killed_in_the_middle_counts_each_report_once(application: Application) -> None:
    for first in range(FIRST, SECOND, 150):
        application.send(STATIONS_JSON, reports(first, first + 150) + reports(first, first + 3))
        eventually(lambda: in_the_middle_of_a_batch(application), "a batch has begun")
        application.kill()
        assert in_the_middle_of_a_batch(application)
        application.start()
    assert_statistics(application, reports(0, SECOND))


def test_messages_that_are_no_reports_are_set_aside_with_the_reason(application: Application) -> None:
    bad = {
        b"no json": "the station is missing",
        b'{"station": "A", "date": "2000-02-30", "degrees": 1.0, "raining": 0}': "the date is not a day",
        b'{"station": "A", "date": "2001-02-03", "degrees": 1.0, "raining": 2}': "raining is neither 0 nor 1",
        b'{"station": "A", "date": "2001-02-03", "raining": 0}': "degrees is not a valid temperature",
        b'{"station": " ", "date": "2001-02-03", "degrees": 1.0, "raining": 0}': "the station is missing",
        b'{"station": "A", "date": "2262-04-11", "degrees": 1.0, "raining": 0}': "the date is outside the time range",
        b'{"station": "A", "date": "1677-09-21", "degrees": 1.0, "raining": 0}': "the date is outside the time range",
        b'{"station": "%s", "date": "2001-02-03", "degrees": 1.0, "raining": 0}'
        % (b"A" * 16_001): "the station is longer",
        **dict.fromkeys(garbage.KINDS, ""),
    }
    application.send(STATIONS_JSON, bad)

    def letters() -> dict[bytes | None, str]:
        found = read_all(application.kafka, f"{STATIONS_JSON}.dlq")
        return {value: headers[dead_letter.REASON].decode() for _, _, value, headers in found}

    found: dict[bytes | None, str] = {}

    def all_are_there() -> bool:
        found.update(letters())  # a slow broker may not give all of them to each reader
        return set(found) >= set(bad)

    eventually(all_are_there, "all bad reports are in the dead-letter topic")
    assert all(found[value].startswith(reason) for value, reason in bad.items())


def dataset(application: Application) -> pd.DataFrame:
    folder = application.home / "data" / "forecast" / "stations" / "dataset"
    files = sorted(folder.glob("*.parquet"))
    rows = pd.concat([pd.read_parquet(file) for file in files]) if files else pd.DataFrame()
    return rows.rename(columns={"station_id": "station"})  # the number of a simulated station is its name


def test_the_dataset_grows_and_holds_each_day_once_also_after_the_kills(application: Application) -> None:
    wanted = STATIONS * (SECOND - 2)
    eventually(lambda: len(dataset(application)) >= wanted, "the dataset is complete")
    found = dataset(application)
    assert len(found) == len(found.drop_duplicates(["station", "date"])) == wanted
    sent = pd.DataFrame(reports(0, SECOND)).set_index(["station", "date"])
    rows = found.assign(date=found["date"].astype(str)).set_index(["station", "date"])
    assert (rows["raining"] == sent["raining"].reindex(rows.index)).all()
    shifted = (pd.to_datetime(rows.index.get_level_values(1)) - pd.Timedelta(days=1)).strftime("%Y-%m-%d")
    before = sent.reindex(pd.MultiIndex.from_arrays([rows.index.get_level_values(0), shifted]))
    assert (before["degrees"].astype("float32").to_numpy() == rows["sub1degrees"].to_numpy()).all()


def test_training_prints_the_tree_and_is_clearly_better_than_never_rain(application: Application) -> None:
    done = application.run("spark_app.rain.training.train", "--candidates", "decision_tree", "--held-out", "0.3")
    assert done.returncode == 0, done.stderr
    assert "DecisionTreeClassificationModel" in done.stdout and "If (feature " in done.stdout
    (place, said), *_ = re.findall(r"^(.*) is (?:in use now|saved).*: (accuracy .*)$", done.stdout, re.MULTILINE)
    assert Path(place).parent == models(application) / "rain"
    metrics = json.loads((Path(place) / "metrics.json").read_text())
    assert metrics["accuracy"] > metrics["baselines"]["never_rain"] + 0.08
    assert f"against {metrics['baselines']['as_yesterday']:.4f} of as_yesterday" in said


def models(application: Application) -> Path:
    return application.home / "data" / "forecast" / "stations" / "models"


def predictions(application: Application) -> pd.DataFrame:
    found = application.points(FORECAST)
    return found.dropna(subset=["probability"]) if "probability" in found else found[:0]


def test_a_model_that_comes_into_use_predicts_the_coming_days_again_and_none_that_has_passed(
    application: Application,
) -> None:
    wanted = STATIONS * (SECOND - 1)
    eventually(lambda: len(predictions(application)) >= wanted, "all days are predicted")
    [trained] = [model.name for model in ModelFolder(models(application), RAIN).trained()]
    choose(models(application), trained)

    def by_the_model() -> pd.DataFrame:
        found = predictions(application)
        return found[found["model"] == trained]

    eventually(lambda: len(by_the_model()) == STATIONS, "each station's coming day is predicted again")
    assert set(by_the_model().index.get_level_values("date")) == {"2001-08-23"}


def test_the_model_in_use_predicts_each_day_that_comes(application: Application) -> None:
    application.send(STATIONS_JSON, reports(SECOND, LATER))
    wanted = STATIONS * (LATER - 1)
    eventually(lambda: len(predictions(application)) >= wanted, "the coming days are predicted")
    found = predictions(application)
    assert len(found) == wanted
    later = found[found.index.get_level_values("date") >= "2001-08-23"]
    assert AS_YESTERDAY not in set(later["model"]) and len(later) == STATIONS * (LATER - SECOND + 1)
    coming = found.groupby("station").tail(1)
    assert set(coming.index.get_level_values("date")) == {"2001-12-31"} and coming["observed"].isna().all()
    assert coming["expected_degrees"].notna().all()


def test_what_was_observed_is_in_the_points_that_were_predicted(application: Application) -> None:
    sent = pd.DataFrame(REPORTS).set_index(["station", "date"])
    known = STATIONS * (LATER - 2)
    eventually(lambda: int(predictions(application)["observed"].notna().sum()) >= known, "all that came is noted")
    found = predictions(application).dropna(subset=["observed"])
    assert (found["observed"] == sent["raining"].reindex(found.index)).all()
    assert len(found) == known


def test_the_accuracy_that_flux_computes_is_that_of_the_topic(application: Application) -> None:
    letters = [json.loads(value or b"{}") for _, _, value, _ in read_all(application.kafka, FORECASTS)]
    topic = pd.DataFrame(letters).drop_duplicates(["station", "date"], keep="last").set_index(["station", "date"])
    sent = pd.DataFrame(REPORTS).set_index(["station", "date"])["raining"]
    both = topic.join(sent, how="inner")
    found = predictions(application).dropna(subset=["observed"])
    assert len(both) == len(found)
    assert (found["predicted"] == found["observed"]).mean() == pytest.approx((both.predicted == both.raining).mean())


def test_both_are_on_the_console_as_well(application: Application) -> None:
    text = application.log.read_text()
    assert re.search(r"\|station\|start +\|end +\|measurements\|avg +\|min +\|max +\|", text)
    assert re.search(r"\|station\|date +\|prediction\|\n.*\n\|A +\|2001-", text)


def test_it_ends_when_told_and_goes_on_where_it_stopped(application: Application) -> None:
    assert application.stop() == 0
