"""`python -m spark_app.train`, which `./submit.sh train` runs: trains the models, and says how good they are.

A batch run of its own, beside the streaming application: it reads the Parquet files that are complete, and leaves a
folder with the models and `metrics.json`. `current` moves when the new model is better on days neither has seen.
"""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from spark_app import parquet_files, temperatures, training
from spark_app.evaluation import Quality, baselines, is_better
from spark_app.forecasting import RAIN, TEMPERATURE
from spark_app.models import Models
from weather import forecast_settings, logs, settings
from weather.errors import SettingsError, StackError

FEWEST_DAYS = 10
FEWEST_ROWS = 100
RAIN_SCHEMA = (
    "station STRING, date DATE, raining INT, month INT, sub1degrees FLOAT, sub1raining INT, sub2degrees FLOAT, "
    "sub2raining INT"
)
TEMPERATURE_SCHEMA = (
    "station STRING, date DATE, degrees DOUBLE, minimum DOUBLE, maximum DOUBLE, month INT, sub1degrees FLOAT, "
    "sub1raining INT, sub2degrees FLOAT, sub2raining INT, sub1minimum DOUBLE, sub1maximum DOUBLE"
)


class TooLittleData(StackError):
    """There are not enough days to learn from; the message says how many are missing."""


@dataclass(frozen=True)
class Split:
    """The days to learn from, and later ones to be judged on; `first_test` is the first of these."""

    train: DataFrame
    test: DataFrame
    first_test: date


def main(arguments: list[str]) -> int:
    """Train; 1 where there is too little data, with how much is missing."""
    logs.configure(logging.WARNING)
    try:
        options = _options(arguments, settings.Variables())
        with _session() as spark:
            # The application begins to predict with the first model of rain: those of temperatures are there by then.
            train_temperatures(spark, options)
            train_rain(spark, options)
    except StackError as error:
        print(f"\n✗ {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def train_rain(spark: SparkSession, options: argparse.Namespace) -> dict[str, Any]:
    """Train, print and save the model of rain; its metrics."""
    days = _read(spark, options.dataset, RAIN_SCHEMA).cache()
    split = by_time(days, options.held_out)
    dates = [row["date"] for row in days.selectExpr("min(date) AS date").union(days.selectExpr("max(date)")).collect()]
    print(f"{days.count()} days of stations, {dates[0]} to {dates[1]}; held out from {split.first_test} on")
    metrics: dict[str, Any] = {"random_split": _required(days, options.seed), "first_day": str(dates[0])}
    compared = training.compare(split.train, options.candidates, options.seed)
    for name, one in compared.items():
        print(f"cross-validation: {name:24} accuracy {one.accuracy:.4f}")
    chosen = training.best(compared)
    quality = training.judge(compared[chosen].model, split.test)
    metrics |= {"candidates": {name: one.accuracy for name, one in compared.items()}, "chosen": chosen}
    metrics |= _told(f"{chosen}, held out by time", quality, split.test)
    metrics |= {"trained_until": _last(split.train), "held_out_from": str(split.first_test), "seed": options.seed}
    models = Models(options.models, RAIN)
    current = models.current()
    old = training.judge(current.parts[RAIN], split.test) if current else None
    name = models.save({RAIN: compared[chosen].model}, metrics, datetime.now(UTC))
    if is_better(quality, old):
        models.use(name)
    _tell_use(models, name, quality.accuracy, old.accuracy if old else None)
    return metrics | {"model": name}


def train_temperatures(spark: SparkSession, options: argparse.Namespace) -> None:
    """Train, print and save the models of temperatures, as far as there are days with them."""
    folder = forecast_settings.temperatures_folder(options.dataset)
    if not parquet_files.files(folder):
        print(f"no temperatures in {folder}: no models of them")
        return
    split = by_time(_read(spark, folder, TEMPERATURE_SCHEMA).cache(), options.held_out)
    parts, metrics = {}, {}
    for name in temperatures.INPUTS:
        if split.train.dropna(subset=[name]).count() < FEWEST_ROWS or not split.test.dropna(subset=[name]).count():
            continue
        parts[name] = temperatures.fit(split.train, name)
        metrics[name] = temperatures.errors(parts[name], name, split.train, split.test).plain()
        print(f"next day's {name}: mean absolute error " + _numbers(metrics[name]))
    if parts:
        models = Models(options.models, TEMPERATURE)
        name = models.save(parts, {"errors": metrics, "trained_until": _last(split.train)}, datetime.now(UTC))
        models.use(name)
        print(f"{models.place / name} is current")


def by_time(days: DataFrame, share: float) -> Split:
    """The last `share` of the dates apart; TooLittleData where too few are left."""
    dates = sorted(row["date"] for row in days.select("date").distinct().collect())
    number = days.count()
    if len(dates) < FEWEST_DAYS or number < FEWEST_ROWS:
        raise TooLittleData(
            f"too little data: {number} days of stations on {len(dates)} dates; at least {FEWEST_ROWS} on "
            f"{FEWEST_DAYS} are needed, {max(0, FEWEST_ROWS - number)} and {max(0, FEWEST_DAYS - len(dates))} more. "
            "The application adds to them while it runs; ./submit.sh starts it"
        )
    first_test = dates[min(int(len(dates) * (1 - share)), len(dates) - 1)]
    return Split(days.where(days.date < first_test).cache(), days.where(days.date >= first_test).cache(), first_test)


def _required(days: DataFrame, seed: int) -> dict[str, object]:
    """The decision tree of the course's requirement, on a random 80 % and the rest."""
    train, test = days.randomSplit([0.8, 0.2], seed)
    tree = training.decision_tree(seed=seed).fit(train)
    print(tree.stages[-1].toDebugString)
    return _told("decision tree, a random fifth held out", training.judge(tree, test), test)


def _told(title: str, quality: Quality, days: DataFrame) -> dict[str, Any]:
    """Print a quality and the baselines on the same days; all of it."""
    rows = days.select("raining", "sub1raining").toPandas().to_numpy(float)
    without = baselines(rows[:, 0], rows[:, 1])
    (right_dry, false_alarms), (missed, hits) = quality.confusion
    auc = "-" if quality.roc_auc is None else f"{quality.roc_auc:.4f}"
    print(f"\n{title}: {quality.days} days of stations")
    print("+------------------+------------------+\n|      avg(correct)|      avg(raining)|")
    print(f"|{quality.accuracy:18.16f}|{quality.rainy_share:18.16f}|\n+------------------+------------------+")
    print(f"accuracy {quality.accuracy:.4f}; never rain {without['never_rain']:.4f}, as yesterday ", end="")
    print(f"{without['as_yesterday']:.4f}\nF1 {quality.f1:.4f}, ROC AUC {auc}, Brier score {quality.brier:.4f}")
    print(f"predicted dry: {right_dry} dry, {missed} rainy; predicted rainy: {false_alarms} dry, {hits} rainy\n")
    return quality.plain() | {"baselines": without}


def _tell_use(models: Models, name: str, new: float, old: float | None) -> None:
    against = "the first" if old is None else f"accuracy {new:.4f} against {old:.4f} of {models.current_name()}"
    if models.current_name() == name:
        print(f"{models.place / name} is current: {'the first model' if old is None else 'it is better'}")
    else:
        print(f"{models.place / name} is kept, {models.current_name()} stays current: {against}")


def _numbers(errors: dict[str, object]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in errors.items() if isinstance(value, float))


def _last(days: DataFrame) -> str:
    return str(days.selectExpr("max(date) AS date").first()["date"])


def _read(spark: SparkSession, folder: Path, schema: str) -> DataFrame:
    """Each station's days once; TooLittleData where there is no file."""
    files = parquet_files.files(folder)
    if not files:
        raise TooLittleData(
            f"too little data: no Parquet file in {folder}; at least {FEWEST_ROWS} days of stations are needed. "
            "Job rain writes them, a file a minute (DATASET_SECONDS); --dataset names another folder"
        )
    return spark.read.schema(schema).parquet(*files).dropDuplicates(["station", "date"]).repartition(2, "station")


@contextmanager
def _session() -> Iterator[SparkSession]:
    spark = (
        SparkSession.builder.master("local[2]")
        .appName("train")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    try:
        yield spark
    finally:
        spark.stop()


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text} is no share between 0 and 1")
    return share


def _candidates(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if unknown := ", ".join(sorted(set(names) - set(training.CANDIDATES))):
        raise argparse.ArgumentTypeError(f"no candidate is called {unknown}: {', '.join(training.CANDIDATES)}")
    return names


def _options(arguments: list[str], variables: settings.Variables) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./submit.sh train", description="Train the models of the coming day.")
    parser.add_argument("--dataset", type=Path, help="folder of Parquet files (default: RAIN_DATASET_DIR)")
    parser.add_argument("--models", type=Path, help="folder of the models (default: MODELS_DIR)")
    parser.add_argument("--seed", type=int, default=1, help="of the random split, the folds and the trees (default: 1)")
    parser.add_argument(
        "--held-out", type=_share, default=0.2, help="share of the dates, the last ones, to be judged on"
    )
    everything = ",".join(training.CANDIDATES)
    parser.add_argument("--candidates", type=_candidates, default=everything, help=f"compared (default: {everything})")
    options = parser.parse_args(arguments)
    options.dataset = (options.dataset or forecast_settings.dataset_folder(variables)).resolve()
    options.models = (options.models or forecast_settings.models_folder(variables)).resolve()
    if options.models.exists() and not options.models.is_dir():
        raise SettingsError(f"--models {options.models} is no folder")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
