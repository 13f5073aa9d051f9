"""Training on files: too little data, the rule by which `current` moves, a model that is taken up."""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from pyspark.sql import SparkSession
from pyspark.sql.functions import col, lit

from datastream.sources.simulated.stations import all_stations
from spark_app.rain import parquet_files
from spark_app.rain.features import RAIN_DATASET, TEMPERATURE_DATASET, days_with_features
from spark_app.rain.forecasting import predict
from spark_app.rain.models import UNTRAINED, Models
from spark_app.rain.training import datasets, rain_models, train
from spark_app.rain.training.evaluation import quality
from testing.environment import settings_environment
from weather import trained_models
from weather.settings import Variables
from weather.settings.forecast import CANDIDATES
from weather.trained_models import AS_YESTERDAY, RAIN

REPORTS = (
    "station_id STRING, station STRING, day TIMESTAMP, degrees DOUBLE, raining INT, minimum DOUBLE, maximum DOUBLE"
)


VARIABLES = Variables(settings_environment())


def options(folder: Path, *words: str) -> argparse.Namespace:
    places = ["--dataset", str(folder / "rain"), "--models", str(folder / "models")]
    return train._options([*places, "--candidates", "decision_tree", *words], VARIABLES)


def write(spark: SparkSession, folder: Path, days: int, number: int = 0) -> None:
    """The files of so many simulated days of six stations."""
    rows = [
        (row.station, row.station, pd.Timestamp(row.date).to_pydatetime(), row.degrees, int(row.raining), None, None)
        for row in itertools.islice(all_stations(6, 5), 6 * days)
    ]
    made = days_with_features(spark.createDataFrame(rows, REPORTS), 7)
    parquet_files.write(made.select(*RAIN_DATASET), folder / "rain", "test", number)
    parquet_files.write(made.select(*TEMPERATURE_DATASET), folder / "rain-temperatures", "test", number)


def train_rain(spark: SparkSession, asked: argparse.Namespace) -> dict[str, Any]:
    """Train on the files; the metrics."""
    return train.train_rain(datasets.load(spark, asked, VARIABLES)[0], asked)


def test_too_little_data_is_told_with_how_much_is_missing(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(datasets.TooLittleData, match="no Parquet file in"):
        train_rain(spark, options(tmp_path))
    write(spark, tmp_path, 8)
    with pytest.raises(
        datasets.TooLittleData, match=r"36 days of stations on 6 dates.* 64 days and 2 dates are missing"
    ):
        train_rain(spark, options(tmp_path))
    assert not (tmp_path / "models").exists()


def test_of_the_best_the_simplest_is_chosen() -> None:
    def chosen(**accuracies: float) -> str:
        return rain_models.best({name: rain_models.Compared(value, None) for name, value in accuracies.items()})

    assert chosen(random_forest=0.8015, decision_tree=0.8006) == "decision_tree"
    assert chosen(random_forest=0.8020, decision_tree=0.8006) == "random_forest"
    assert chosen(gradient_boosted_trees=0.9, logistic_regression=0.5) == "gradient_boosted_trees"


@pytest.mark.parametrize("name", rain_models.CANDIDATES)
def test_every_candidate_learns_and_gives_probabilities(spark: SparkSession, tmp_path: Path, name: str) -> None:
    write(spark, tmp_path, 60)
    days = datasets.read(spark, tmp_path / "rain", datasets.RAIN_SCHEMA).cache()
    pipeline, grid = rain_models.CANDIDATES[name](1)
    assert len(grid) >= 1
    found = rain_models.evaluate(pipeline.fit(days), days)
    assert found.accuracy > 0.6 and found.days == 6 * 58


def test_the_settings_know_each_candidate() -> None:
    assert tuple(rain_models.CANDIDATES) == CANDIDATES


def test_a_batch_that_is_written_again_replaces_its_file(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 5)
    write(spark, tmp_path, 5)
    assert [Path(file).name for file in parquet_files.files(tmp_path / "rain")] == ["test-000000.parquet"]
    assert str(pd.read_parquet(tmp_path / "rain").dtypes["sub1degrees"]) == "float32"


def trained(spark: SparkSession, folder: Path, name: str) -> dict[str, object]:
    """Train a model of rain under this name; its metrics."""
    asked = options(folder)
    asked.name = name
    return train_rain(spark, asked)


def test_a_model_stays_current_until_a_better_one_comes(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 200)
    models = Models(tmp_path / "models", RAIN)
    days = datasets.read(spark, tmp_path / "rain", datasets.RAIN_SCHEMA)
    always_dry = rain_models.decision_tree(depth=0).fit(days)
    models.save({RAIN: always_dry}, {"trained_until": "2000-01-01"}, "old")
    assert models.current() is UNTRAINED, "kept, and not in use"
    models.use("old")
    first = trained(spark, tmp_path, "first")
    assert models.files.current_name() == first["model"] == "first"
    kept = json.loads((models.place / "first" / "metrics.json").read_text())
    assert kept == json.loads(json.dumps(first | {"parts": [RAIN]}))
    assert str(first["trained_until"]) < str(first["held_out_from"]) and first["dates"] == 198
    second = trained(spark, tmp_path, "second")
    assert second["accuracy"] == first["accuracy"]
    assert models.files.current_name() == "first", "one that is as good takes nobody's place"
    assert models.current().name == "first"
    models.use("old")
    assert models.current().name == "old", "a new current is loaded"


def test_a_model_that_is_no_better_than_as_yesterday_does_not_take_its_place(
    spark: SparkSession, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Stations whose weather changes each second day: as yesterday is right every other day, a tree nearly always."""
    write(spark, tmp_path, 40)
    days = datasets.read(spark, tmp_path / "rain", datasets.RAIN_SCHEMA)
    split = train.by_time(days, 0.2, 8)
    better = trained(spark, tmp_path, "first")["accuracy"]
    baseline = train._quality_of(UNTRAINED, split.test)
    in_use = Models(tmp_path / "models", RAIN).files.current_name()
    assert in_use == ("first" if (better, -baseline.brier) > (baseline.accuracy, -baseline.brier) else AS_YESTERDAY)
    assert f"against {baseline.accuracy:.4f} of as_yesterday" in capsys.readouterr().out


@pytest.mark.long
def test_what_a_person_has_chosen_stays_until_training_may_choose_again(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 200)
    folder = tmp_path / "models"
    models = Models(folder, RAIN)
    days = datasets.read(spark, tmp_path / "rain", datasets.RAIN_SCHEMA)
    models.save({RAIN: rain_models.decision_tree(depth=0).fit(days)}, {"trained_until": "2000-01-01"}, "old")
    trained_models.choose(folder, "old")
    trained(spark, tmp_path, "first")
    assert models.files.current_name() == "old"
    trained_models.choose(folder, trained_models.AUTOMATIC)
    trained(spark, tmp_path, "second")
    assert models.files.current_name() == "second"


def test_a_model_that_cannot_be_loaded_leaves_the_one_before_it_in_use(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 30)
    trained(spark, tmp_path, "first")
    models = Models(tmp_path / "models", RAIN)
    models.use("first")
    assert models.current().name == "first"
    broken = models.place / "broken"
    broken.mkdir()
    (broken / "metrics.json").write_text('{"parts": ["rain"]}')
    models.use("broken")
    assert models.current().name == "first"


def test_what_serving_says_is_what_training_judged(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 150)
    metrics = train_rain(spark, options(tmp_path))
    days = datasets.read(spark, tmp_path / "rain", datasets.RAIN_SCHEMA)
    held_out = days.where(days.date >= metrics["held_out_from"])
    models = Models(tmp_path / "models", RAIN)
    models.use(metrics["model"])
    no_extremes = {f"sub1{name}": lit(None).cast("double") for name in ("minimum", "maximum")}
    labelled = held_out.withColumns(no_extremes | {"station": col("station_id")})
    rows = predict(labelled, models.current(), UNTRAINED).toPandas()
    assert (rows.expected_degrees == held_out.toPandas().sub1degrees).all(), "as yesterday"
    observed = held_out.select("station_id", "date", "raining").toPandas()
    both = rows.merge(observed, on=["station_id", "date"])
    found = quality(both.raining.to_numpy(float), both.probability.to_numpy(float))
    assert (found.days, found.accuracy) == (metrics["days"], metrics["accuracy"])
    assert set(both.unseen) == {1} and set(both.model) == {metrics["model"]}


def test_files_of_version_0_1_name_stations_and_count_too(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 10)
    [file] = parquet_files.files(tmp_path / "rain")
    old = pd.read_parquet(file).rename(columns={"station_id": "station"})
    old.to_parquet(tmp_path / "rain" / "rain_dataset-2-000000.parquet")
    Path(file).unlink()
    write(spark, tmp_path, 12, number=1)
    days = datasets.read(spark, tmp_path / "rain", datasets.RAIN_SCHEMA)
    assert days.count() == 6 * 10 and days.where("station_id IS NULL").count() == 0
