"""Training on files: too little data, the rule by which `current` moves, a model that is taken up."""

from __future__ import annotations

import argparse
import itertools
import json
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from datastream.simulated_stations import all_stations
from spark_app import parquet_files, train, training
from spark_app.evaluation import quality
from spark_app.features import RAIN_DATASET, TEMPERATURE_DATASET, days_with_features
from spark_app.forecasting import RAIN, predict
from spark_app.models import Models
from weather.settings import Variables

REPORTS = "station STRING, day TIMESTAMP, degrees DOUBLE, raining INT, minimum DOUBLE, maximum DOUBLE"


def options(folder: Path, *words: str) -> argparse.Namespace:
    places = ["--dataset", str(folder / "rain"), "--models", str(folder / "models")]
    return train._options([*places, "--candidates", "decision_tree", *words], Variables({}))


def write(spark: SparkSession, folder: Path, days: int, number: int = 0) -> None:
    """The files of so many simulated days of six stations."""
    rows = [
        (row.station, pd.Timestamp(row.date).to_pydatetime(), row.degrees, int(row.raining), None, None)
        for row in itertools.islice(all_stations(6, 5), 6 * days)
    ]
    made = days_with_features(spark.createDataFrame(rows, REPORTS), 7)
    parquet_files.write(made.select(*RAIN_DATASET), folder / "rain", "test", number)
    parquet_files.write(made.select(*TEMPERATURE_DATASET), folder / "rain-temperatures", "test", number)


def test_too_little_data_is_told_with_how_much_is_missing(spark: SparkSession, tmp_path: Path) -> None:
    with pytest.raises(train.TooLittleData, match="no Parquet file in"):
        train.train_rain(spark, options(tmp_path))
    write(spark, tmp_path, 8)
    with pytest.raises(train.TooLittleData, match=r"36 days of stations on 6 dates.* 64 and 4 more"):
        train.train_rain(spark, options(tmp_path))
    assert not (tmp_path / "models").exists()


def test_of_the_best_the_simplest_is_chosen() -> None:
    def chosen(**accuracies: float) -> str:
        return training.best({name: training.Compared(value, None) for name, value in accuracies.items()})

    assert chosen(random_forest=0.8015, decision_tree=0.8006) == "decision_tree"
    assert chosen(random_forest=0.8020, decision_tree=0.8006) == "random_forest"
    assert chosen(gradient_boosted_trees=0.9, logistic_regression=0.5) == "gradient_boosted_trees"


@pytest.mark.parametrize("name", training.CANDIDATES)
def test_every_candidate_learns_and_gives_probabilities(spark: SparkSession, tmp_path: Path, name: str) -> None:
    write(spark, tmp_path, 60)
    days = train._read(spark, tmp_path / "rain", train.RAIN_SCHEMA).cache()
    pipeline, grid = training.CANDIDATES[name](1)
    assert len(grid) >= 1
    found = training.judge(pipeline.fit(days), days)
    assert found.accuracy > 0.6 and found.days == 6 * 58


def test_a_batch_that_is_written_again_replaces_its_file(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 5)
    write(spark, tmp_path, 5)
    assert [Path(file).name for file in parquet_files.files(tmp_path / "rain")] == ["test-000000.parquet"]
    assert str(pd.read_parquet(tmp_path / "rain").dtypes["sub1degrees"]) == "float32"


def test_a_model_stays_current_until_a_better_one_comes(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 200)
    models = Models(tmp_path / "models", RAIN)
    days = train._read(spark, tmp_path / "rain", train.RAIN_SCHEMA)
    always_dry = training.decision_tree(depth=0).fit(days)
    old = models.save({RAIN: always_dry}, {"trained_until": "2000-01-01"}, datetime(2001, 1, 1, tzinfo=UTC))
    assert models.current() is None, "kept, and not in use"
    models.use(old)
    first = train.train_rain(spark, options(tmp_path))
    assert models.current_name() == first["model"] != old
    kept = json.loads((models.place / first["model"] / "metrics.json").read_text())
    assert kept == json.loads(json.dumps(first | {"parts": [RAIN]}))
    assert first["trained_until"] < first["held_out_from"]
    second = train.train_rain(spark, options(tmp_path))
    assert second["accuracy"] == first["accuracy"] and second["model"] != first["model"]
    assert models.current_name() == first["model"], "one that is as good takes nobody's place"
    current = models.current()
    assert current is not None and current.name == first["model"]
    models.use(old)
    taken_up = models.current()
    assert taken_up is not None and taken_up.name == old, "a new current is loaded"


def test_what_serving_says_is_what_training_judged(spark: SparkSession, tmp_path: Path) -> None:
    write(spark, tmp_path, 150)
    metrics = train.train_rain(spark, options(tmp_path))
    days = train._read(spark, tmp_path / "rain", train.RAIN_SCHEMA)
    held_out = days.where(days.date >= metrics["held_out_from"])
    rows = predict(held_out, Models(tmp_path / "models", RAIN).current(), None).toPandas()
    observed = held_out.select("station", "date", "raining").toPandas()
    both = rows.merge(observed, on=["station", "date"])
    found = quality(both.raining.to_numpy(float), both.probability.to_numpy(float))
    assert (found.days, found.accuracy) == (metrics["days"], metrics["accuracy"])
    assert set(both.unseen) == {1} and set(both.model) == {metrics["model"]}
