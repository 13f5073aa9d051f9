"""`./run_benchmarks.sh forecast [--seeds 2000,…] [--years 5]`: accuracy of the rain model, with plots.

Days of the simulated stations go through the same features, training and predictions as in the stack, without Kafka.
Each seed's model is evaluated on the last fifth of its days and compared with the baselines and with the generator's
true probabilities, which no model can beat.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib import pyplot as plt
from pyspark.sql import SparkSession

from datastream.sources.simulated.stations import FIRST_DAY, FREEZING, MEMORY, NOISE, Station
from spark_app.rain import parquet_files
from spark_app.rain.features import RAIN_DATASET, TEMPERATURE_DATASET, days_with_features
from spark_app.rain.forecasting import predict
from spark_app.rain.models import Models
from spark_app.rain.training import datasets, train
from spark_app.rain.training.process import session
from weather.settings import Spark, Variables
from weather.trained_models import RAIN, TEMPERATURE

STATIONS = "ABCDEFGHIJKLMNO"
REPORTS = (
    "station_id STRING, station STRING, day TIMESTAMP, degrees DOUBLE, raining INT, minimum DOUBLE, maximum DOUBLE"
)


def simulate(seed: int, days: int) -> pd.DataFrame:
    """Reports with `chance`: the generator's own probability of rain on that day, known the evening before."""
    stations = [Station(name, seed) for name in STATIONS]
    rows = []
    for number in range(days):
        day = FIRST_DAY + timedelta(days=number)
        for station in stations:
            chance = _chance(station, day.month - 1)
            made = station.next_day(day)
            rows.append((made.station, datetime(day.year, day.month, day.day, tzinfo=UTC), made.degrees,
                         int(made.raining), chance))  # fmt: skip
    return pd.DataFrame(rows, columns=["station", "day", "degrees", "raining", "chance"])


def _chance(station: Station, month: int) -> float:
    base = MEMORY * station._degrees + (1 - MEMORY) * station._means[month]
    warm = min(1.0, max(0.0, (base + NOISE - FREEZING) / (2 * NOISE)))
    return warm * ((1 - station._dries) if station._raining else min(1.0, max(0.0, station._rains[month])))


def run(spark: SparkSession, seed: int, days: int, folder: Path) -> pd.DataFrame:
    """Train on a seed's days. Return the held-out days with prediction, outcome and the generator's probability."""
    simulated = simulate(seed, days)
    days_of = simulated[["station", "degrees", "raining"]].itertuples(index=False, name=None)
    moments = [moment.to_pydatetime() for moment in simulated["day"]]
    rows = [
        (station, station, day, degrees, raining, None, None)
        for day, (station, degrees, raining) in zip(moments, days_of, strict=True)
    ]
    made = days_with_features(spark.createDataFrame(rows, REPORTS), 7).cache()
    parquet_files.write(made.select(*RAIN_DATASET), folder / "rain", "simulated", 0)
    parquet_files.write(made.select(*TEMPERATURE_DATASET), folder / "rain-temperatures", "simulated", 0)
    places = ["--dataset", str(folder / "rain"), "--models", str(folder / "models")]
    rules = {"TRAIN_AUTOMATICALLY": "0", "TRAIN_MIN_DAYS": "8", "TRAIN_EVERY_DAYS": "5", "TRAIN_PAUSE_SECONDS": "0"}
    variables = Variables(rules | {"TRAIN_MEMORY": "1g", "TRAIN_CANDIDATES": "decision_tree"})
    options = train._options(places, variables)
    of_rain, of_temperatures = datasets.load(spark, options, variables)
    assert of_temperatures is not None
    metrics = train.train_rain(of_rain, options)
    train.train_temperatures(of_temperatures, options)
    models, temperatures = Models(folder / "models", RAIN), Models(folder / "models", TEMPERATURE)
    models.use(metrics["model"])
    later = made.where(made.date >= metrics["held_out_from"])
    said = predict(later, models.current(), temperatures.current()).toPandas()
    simulated["date"] = simulated["day"].dt.date
    merged: pd.DataFrame = said.drop(columns="station", errors="ignore").merge(
        simulated.rename(columns={"station": "station_id"}), on=["station_id", "date"]
    )
    return merged


def accuracies(rows: pd.DataFrame) -> dict[str, float]:
    """Share of days on which the model, the rules without a model and the generator's own probability are right."""
    return {
        "rainy days": float(rows.raining.mean()),
        "never rain": float((rows.raining == 0).mean()),
        "as yesterday": float((rows.raining == rows.yesterday).mean()),
        "model": float((rows.raining == rows.predicted).mean()),
        "generator": float((rows.raining == (rows.chance >= 0.5)).mean()),
    }


def plot(rows: pd.DataFrame, out: Path) -> None:
    """Plot the accuracy by month with that of the baselines, and the calibration."""
    mpl.use("svg")
    mpl.rcParams["svg.hashsalt"] = "forecast"
    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), constrained_layout=True)
    months = rows.assign(month=pd.to_datetime(rows["date"]).dt.to_period("M").astype(str)).groupby("month")
    by_month = pd.DataFrame([accuracies(group) | {"month": name} for name, group in months]).set_index("month")
    for name in ("never rain", "as yesterday", "model"):
        left.plot(range(len(by_month)), by_month[name], marker="o", label=name)
    left.set_xticks(range(len(by_month)), list(by_month.index), rotation=60)
    left.set(ylabel="share of days right", ylim=(0, 1), title="Accuracy on days held out")
    left.legend()
    tenths = np.minimum((rows["probability"] * 10).astype(int), 9)
    came = rows.groupby(tenths).agg(said=("probability", "mean"), came=("raining", "mean"))
    right.plot([0, 1], [0, 1], color="gray", linestyle=":")
    right.plot(came["said"], came["came"], marker="o")
    right.set(xlabel="probability of rain", ylabel="share of rainy days", title="Calibration")
    out.mkdir(parents=True, exist_ok=True)
    figure.savefig(out / "forecast.svg", metadata={"Date": None})
    plt.close(figure)


def main(arguments: list[str]) -> int:
    """Print a line of JSON for each seed, and plot the first one."""
    parser = argparse.ArgumentParser(
        prog="./run_benchmarks.sh forecast", description="Measure the accuracy of the rain model."
    )
    parser.add_argument("--seeds", default="2000", help="seeds of the simulated stations, separated by commas")
    parser.add_argument("--years", type=float, default=5.0)
    parser.add_argument("--out", type=Path, default=Path("docs/images"))
    options = parser.parse_args(arguments)
    with session("1g", Spark.load(Variables())) as spark:
        for number, seed in enumerate(int(text) for text in options.seeds.split(",")):
            with tempfile.TemporaryDirectory() as folder:
                rows = run(spark, seed, int(options.years * 365.25), Path(folder))
            print("result", json.dumps({"seed": seed, "days": len(rows)} | accuracies(rows)), flush=True)
            if number == 0:
                plot(rows, options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
