"""`python -m spark_app.rain.training.train`: trains the models and prints how good they are.

The application runs it automatically, and `./submit.sh train` on request. It reads the complete Parquet files, or the
readings in InfluxDB, and writes a folder with the models and `metrics.json`. `current` moves if the new model is better
on the held-out days than the one in use, which at first is "as yesterday". It stays if a person has chosen a model
(`./submit.sh use`).
"""

from __future__ import annotations

import argparse
import logging
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame

from spark_app.rain.models import Models, Training
from spark_app.rain.training import datasets, rain_models, temperature_models
from spark_app.rain.training.datasets import MIN_ROWS, TooLittleData
from spark_app.rain.training.evaluation import Quality, baselines, is_better
from spark_app.rain.training.evaluation import quality as evaluate_chances
from spark_app.rain.training.process import end_with_parent, only_one, session
from spark_app.rain.training.report import print_report
from spark_influxdb import InfluxDBError
from weather import logs, settings, trained_models
from weather.errors import SettingsError, StackError
from weather.settings import forecast
from weather.trained_models import RAIN, TEMPERATURE


@dataclass(frozen=True)
class Split:
    """The days to train on, and the later days that are held out. `first_test` is the first held-out day."""

    train: DataFrame
    test: DataFrame
    first_test: date


def main(arguments: list[str]) -> int:
    """Train. Return 1 after an error message, for example if there is too little data; it says how much is missing."""
    logs.configure(logging.WARNING)
    try:
        variables = settings.Variables()
        options, of_spark = _options(arguments, variables), settings.Spark.load(variables)
        if options.automatic:
            end_with_parent()
        with only_one(options.models), session(options.memory, of_spark) as spark:
            rain, temperatures = datasets.load(spark, options, variables)
            if temperatures is not None:
                train_temperatures(temperatures, options)
            train_rain(rain, options)
    except (StackError, InfluxDBError) as error:
        print(f"\n✗ {error}", file=sys.stderr, flush=True)
        return 1
    return 0


def train_rain(dataset: DataFrame, options: argparse.Namespace) -> dict[str, Any]:
    """Train, evaluate and save the rain model. Return its metrics."""
    days = dataset.cache()
    split = by_time(days, options.held_out, options.min_days)
    dates = [row["date"] for row in days.selectExpr("min(date) AS date").union(days.selectExpr("max(date)")).collect()]
    print(f"{days.count()} days of stations, {dates[0]} to {dates[1]}; held-out days start on {split.first_test}")
    metrics: dict[str, Any] = {"first_day": str(dates[0])}
    if not options.automatic:
        metrics["random_split"] = _required(days, options.seed)
    compared = rain_models.compare(split.train, options.candidates, options.seed)
    for name, one in compared.items():
        print(f"cross-validation: {name:24} accuracy {one.accuracy:.4f}")
    chosen = rain_models.best(compared)
    quality = rain_models.evaluate(compared[chosen].model, split.test)
    metrics |= {"candidates": {name: one.accuracy for name, one in compared.items()}, "chosen": chosen}
    without = _baselines(split.test)
    print_report(f"{chosen}, evaluated on the newest dates", quality, without)
    metrics |= quality.plain() | {"baselines": without}
    metrics |= {"trained_until": _last(split.train), "held_out_from": str(split.first_test), "seed": options.seed}
    metrics["dates"] = days.select("date").distinct().count()
    models = Models(options.models, RAIN)
    old = _quality_of(models.current(), split.test)
    models.save({RAIN: compared[chosen].model}, metrics, options.name)
    said = f"accuracy {quality.accuracy:.4f} against {old.accuracy:.4f} of {models.files.current_name()}"
    _put_into_use(models, options.name, is_better(quality, old), said)
    return metrics | {"model": options.name}


def _quality_of(current: Training, days: DataFrame) -> Quality:
    """The quality of the model in use on these days."""
    if RAIN in current.parts:
        return rain_models.evaluate(current.parts[RAIN], days)
    rows = days.select("raining", "sub1raining").toPandas().to_numpy(float)
    return evaluate_chances(rows[:, 0], rows[:, 1])


def train_temperatures(days: DataFrame, options: argparse.Namespace) -> None:
    """Train, evaluate and save the temperature models, if there are enough days with temperatures.

    A model that is not better than "as yesterday" is not kept.
    """
    split = by_time(days.cache(), options.held_out, options.min_days)
    models = Models(options.models, TEMPERATURE)
    current = models.current()
    parts, metrics, new, old = {}, {}, 0.0, 0.0
    for name in temperature_models.INPUTS:
        if split.train.dropna(subset=[name]).count() < MIN_ROWS or not split.test.dropna(subset=[name]).count():
            continue
        model = temperature_models.fit(split.train, name)
        found = temperature_models.errors(model, name, split.train, split.test)
        metrics[name] = found.plain()
        print(f"next day's {name}: mean absolute error " + _numbers(metrics[name]))
        if found.model < found.persistence:
            parts[name] = model
        new += min(found.model, found.persistence)
        old += temperature_models.error_of(current.parts.get(name), name, split.test)
    if parts:
        models.save(parts, {"errors": metrics, "trained_until": _last(split.train)}, options.name)
        said = f"sum of mean absolute errors {new:.3f} against {old:.3f} of {models.files.current_name()}"
        _put_into_use(models, options.name, new < old, said)


def by_time(days: DataFrame, share: float, min_days: int) -> Split:
    """Hold out the last `share` of the dates. Raise TooLittleData below `min_days` dates or MIN_ROWS rows."""
    dates = sorted(row["date"] for row in days.select("date").distinct().collect())
    number = days.count()
    if len(dates) < min_days or number < MIN_ROWS:
        raise TooLittleData(
            f"not enough data: {number} days of stations on {len(dates)} dates. Training needs {MIN_ROWS} days on "
            f"{min_days} dates; {max(0, MIN_ROWS - number)} days and {max(0, min_days - len(dates))} dates are "
            "missing. The application adds days while it runs; ./submit.sh starts it"
        )
    first_test = dates[min(int(len(dates) * (1 - share)), len(dates) - 1)]
    return Split(days.where(days.date < first_test).cache(), days.where(days.date >= first_test).cache(), first_test)


def _required(days: DataFrame, seed: int) -> dict[str, object]:
    """Train the decision tree that the exercise requires on a random 80 %. Return its metrics on the rest."""
    train, test = days.randomSplit([0.8, 0.2], seed)
    tree = rain_models.decision_tree(seed=seed).fit(train)
    print(tree.stages[-1].toDebugString)
    quality, without = rain_models.evaluate(tree, test), _baselines(test)
    print_report("decision tree, evaluated on a random 20 %", quality, without)
    return quality.plain() | {"baselines": without}


def _baselines(days: DataFrame) -> dict[str, float]:
    """The accuracy of the two baselines on these days."""
    rows = days.select("raining", "sub1raining").toPandas().to_numpy(float)
    return baselines(rows[:, 0], rows[:, 1])


def _put_into_use(models: Models, name: str, better: bool, said: str) -> None:
    """Make a training current if it is better and no person has chosen another one. Print the decision and the reason.

    Remove the oldest trainings.
    """
    current = models.files.current_name()
    if trained_models.pinned(models.folder):
        print(f"{models.place / name} is saved, but {current} stays in use: it was chosen with ./submit.sh use; {said}")
    elif better:
        models.use(name)
        print(f"{models.place / name} is in use now: {said}")
    else:
        print(f"{models.place / name} is saved, but {current} stays in use: {said}")
    models.files.prune()


def _numbers(errors: dict[str, object]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in errors.items() if isinstance(value, float))


def _last(days: DataFrame) -> str:
    return str(days.selectExpr("max(date) AS date").first()["date"])


def _share(text: str) -> float:
    share = float(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text} is not between 0 and 1")
    return share


def _candidates(text: str) -> list[str]:
    names = [name.strip() for name in text.split(",")]
    if unknown := ", ".join(sorted(set(names) - set(rain_models.CANDIDATES))):
        raise argparse.ArgumentTypeError(f"unknown candidate {unknown}; known: {', '.join(rain_models.CANDIDATES)}")
    return names


def _options(arguments: list[str], variables: settings.Variables) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="./submit.sh train", description="Train the models of the next day.")
    parser.add_argument("--dataset", type=Path, help="folder of Parquet files (default: RAIN_DATASET_DIR)")
    parser.add_argument(
        "--from-store", nargs=2, type=date.fromisoformat, metavar=("START", "STOP"),
        help="train on the readings in InfluxDB from one date to another, YYYY-MM-DD, instead of --dataset",
    )  # fmt: skip
    parser.add_argument("--models", type=Path, help="folder of the models (default: MODELS_DIR)")
    parser.add_argument("--seed", type=int, default=1, help="seed of split, folds and trees (default: 1)")
    parser.add_argument(
        "--held-out", type=_share, default=0.2, help="share of the dates to hold out, the newest ones (default: 0.2)"
    )
    parser.add_argument("--min-days", type=int, help="minimum number of dates (default: TRAIN_MIN_DAYS)")
    parser.add_argument("--memory", help="heap size of the JVM (default: TRAIN_MEMORY)")
    parser.add_argument("--automatic", action="store_true", help=argparse.SUPPRESS)
    everything = ",".join(rain_models.CANDIDATES)
    parser.add_argument("--candidates", type=_candidates, default=everything, help=f"models (default: {everything})")
    options = parser.parse_args(arguments)
    options.dataset = (options.dataset or forecast.dataset_folder(variables)).resolve()
    options.models = (options.models or forecast.models_folder(variables)).resolve()
    options.min_days = options.min_days or forecast.Training.load(variables).min_days
    options.memory = options.memory or variables.text("TRAIN_MEMORY")
    options.name = trained_models.new_name(datetime.now(UTC))
    if options.models.exists() and not options.models.is_dir():
        raise SettingsError(f"--models {options.models} is not a folder")
    return options


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
