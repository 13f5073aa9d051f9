"""Training on the readings in a real InfluxDB: the days are those that pandas finds in the file."""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd
import pytest
from pyspark.sql import SparkSession

import spark_influxdb
from spark_app.influxdb.store import connection
from spark_app.rain.training import datasets, from_store, train
from testing.environment import settings_environment
from testing.running_stack import expected_points
from testing.servers import InfluxDBServer
from tests.forecast.test_daily_reports import MONTH, expected, month
from weather.errors import SettingsError
from weather.reading import FIELDS, MEASUREMENT
from weather.settings import Variables

DAY = pd.Timedelta(days=1)
RANGE = ("2014-01-01", "2014-02-01")


@pytest.fixture(scope="module")
def variables(influxdb_server: InfluxDBServer) -> Variables:
    """The settings of a stack whose store holds the shipped month."""
    points = expected_points(MONTH).reset_index()
    rows = [
        {name: value for name, value in row.items() if pd.notna(value)} | dict.fromkeys(absent)
        for row in points.to_dict("records")
        if (absent := {field.name for field in FIELDS if pd.isna(row[field.name])}) is not None
    ]
    into = spark_influxdb.Points(MEASUREMENT, tags=("station", "station_id"), precision="s")
    spark_influxdb.write_rows(rows, spark_influxdb.WriteOptions(connection(influxdb_server.options), into))
    store = influxdb_server.options
    return Variables(
        settings_environment(
            INFLUXDB_URL=store.url, INFLUXDB_ORG=store.org, INFLUXDB_BUCKET=store.bucket, SECRETS_DIR=str(store.secrets)
        )
    )


def options(folder: Path, variables: Variables, *words: str) -> argparse.Namespace:
    return train._options(["--models", str(folder / "models"), "--candidates", "decision_tree", *words], variables)


def test_the_days_and_their_features_are_those_of_the_file(spark: SparkSession, variables: Variables) -> None:
    asked = options(Path("/nonexistent"), variables, "--from-store", *RANGE)
    found = from_store.days(spark, variables, *asked.from_store).toPandas()
    days = {
        (station, pd.Timestamp(date)): values for (station, date), values in expected(month(), "Europe/Paris").items()
    }
    wanted = {
        (station, date): (*days[station, date], *days[station, date - DAY][:2], *days[station, date - 2 * DAY][:2])
        for station, date in days
        if {(station, date - DAY), (station, date - 2 * DAY)} <= days.keys()
    }
    names = ["degrees", "raining", "minimum", "maximum", "sub1degrees", "sub1raining", "sub2degrees", "sub2raining"]
    stations = pd.read_csv(MONTH, sep=";", usecols=["NUM_POSTE", "NOM_USUEL"], dtype=str).drop_duplicates()
    names_of = dict(zip(stations.NUM_POSTE, stations.NOM_USUEL, strict=True))
    rows = {
        (names_of[row["station_id"]], pd.Timestamp(row["date"])): tuple(row[name] for name in names)
        for _, row in found.iterrows()
    }
    assert rows.keys() == wanted.keys() and len(rows) > 1000
    assert all(rows[key] == pytest.approx(values, abs=1e-5) for key, values in wanted.items())


@pytest.mark.long
def test_models_are_trained_on_them(spark: SparkSession, variables: Variables, tmp_path: Path) -> None:
    asked = options(tmp_path, variables, "--from-store", *RANGE)
    rain, temperatures = datasets.load(spark, asked, variables)
    assert temperatures is not None
    train.train_temperatures(temperatures, asked)
    metrics = train.train_rain(rain, asked)
    assert metrics["dates"] == 29 and metrics["accuracy"] > 0.5
    assert sorted(place.name for place in (tmp_path / "models").iterdir() if place.is_dir()) == ["rain", "temperature"]


def test_a_range_without_readings_and_a_source_without_them_are_errors(
    spark: SparkSession, variables: Variables, tmp_path: Path
) -> None:
    asked = options(tmp_path, variables, "--from-store", "2013-01-01", "2013-02-01")
    with pytest.raises(spark_influxdb.InfluxDBError, match="'meteo' has no points in this range of time"):
        datasets.load(spark, asked, variables)
    simulated = Variables(variables.all() | {"STREAM_SOURCE": "stations"})
    with pytest.raises(SettingsError, match="--from-store needs hourly readings"):
        datasets.load(spark, asked, simulated)
