"""The settings of daily reports, statistics and the forecast."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from weather import topics
from weather.errors import SettingsError
from weather.settings import declare, sources
from weather.settings.declare import Group
from weather.settings.variables import Variables

CANDIDATES = ("decision_tree", "logistic_regression", "random_forest", "gradient_boosted_trees")
"""The rain models that training can compare, the simplest first."""

TOPIC_OF = {"stations": topics.STATIONS_JSON, "meteofrance": topics.DAILY}
"""Source → the topic of its daily reports."""


def reports_topic(variables: Variables) -> str:
    """The topic of the chosen source's daily reports. Raise SettingsError if the source has none."""
    source = sources.chosen(variables)
    if source not in TOPIC_OF:
        raise SettingsError(f"STREAM_SOURCE={source} has no daily reports of stations; use {' or '.join(TOPIC_OF)}")
    return TOPIC_OF[source]


def dataset_folder(variables: Variables) -> Path:
    """The folder of the Parquet files of the chosen source's rain dataset."""
    return Path(variables.optional("RAIN_DATASET_DIR") or _folder(variables) / "dataset")


def temperatures_folder(dataset: Path) -> Path:
    """The folder of the temperature dataset, beside that of the rain dataset."""
    return dataset.with_name(f"{dataset.name}-temperatures")


def models_folder(variables: Variables) -> Path:
    """The folder of the chosen source's models. Each kind of model has its own folder in it."""
    return Path(variables.optional("MODELS_DIR") or _folder(variables) / "models")


def _folder(variables: Variables) -> Path:
    return Path(variables.text("STACK_HOME")) / "data" / "forecast" / sources.chosen(variables)


@dataclass(frozen=True)
class Forecast(Group):
    """How daily reports are used. `topic` carries those of the chosen source; "" if it has none.

    Each source has its own dataset and models, because units differ, unless the folders are set.
    """

    topic: str = declare.setting(
        ["STREAM_SOURCE"], lambda variables: TOPIC_OF.get(sources.chosen(variables), ""), "name of a source"
    )
    dataset: Path = declare.setting(
        ["RAIN_DATASET_DIR", "STACK_HOME", "STREAM_SOURCE"], dataset_folder, "path or empty"
    )
    models: Path = declare.setting(["MODELS_DIR", "STACK_HOME", "STREAM_SOURCE"], models_folder, "path or empty")
    late_days: int = declare.integer("REPORT_LATE_DAYS", 0, 10_000)
    statistics_seconds: int = declare.integer("STATISTICS_SECONDS", 1, 3600)
    dataset_seconds: int = declare.integer("DATASET_SECONDS", 1, 86_400)
    forecast_seconds: int = declare.integer("FORECAST_SECONDS", 1, 3600)
    console: bool = declare.flag("SPARK_CONSOLE")

    @property
    def temperatures(self) -> Path:
        """The folder of the Parquet files of the temperatures, beside that of the rain."""
        return temperatures_folder(self.dataset)


def _candidates(variables: Variables) -> tuple[str, ...]:
    candidates = tuple(name.strip() for name in variables.text("TRAIN_CANDIDATES").split(","))
    if unknown := ", ".join(sorted(set(candidates) - set(CANDIDATES))):
        raise SettingsError(f"TRAIN_CANDIDATES: no model is called {unknown!r}; there are {', '.join(CANDIDATES)}")
    return candidates


@dataclass(frozen=True)
class Training(Group):
    """When the models are trained automatically.

    `min_days` and `every_days` count the dates of the dataset: days whose two previous days are known too.
    """

    automatic: bool = declare.flag("TRAIN_AUTOMATICALLY")
    min_days: int = declare.integer("TRAIN_MIN_DAYS", 3, 10_000)
    every_days: int = declare.integer("TRAIN_EVERY_DAYS", 1, 10_000)
    pause_seconds: int = declare.integer("TRAIN_PAUSE_SECONDS", 0, 1_000_000)
    memory: str = declare.memory("TRAIN_MEMORY")
    candidates: tuple[str, ...] = declare.setting(
        ["TRAIN_CANDIDATES"], _candidates, f"of {', '.join(f'`{name}`' for name in CANDIDATES)}, separated by commas"
    )


def _time_zone(variables: Variables) -> str:
    zone = variables.text("DAILY_TIME_ZONE")
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        raise SettingsError(f"DAILY_TIME_ZONE={zone!r} is not a time zone such as Europe/Paris or UTC") from None
    return zone


@dataclass(frozen=True)
class Days(Group):
    """How hours become days: the time zone, the minimum number of hours, and the wait for late ones."""

    time_zone: str = declare.setting(["DAILY_TIME_ZONE"], _time_zone, "time zone such as Europe/Paris")
    min_hours: int = declare.integer("DAILY_FEWEST_HOURS", 1, 24)
    late_hours: int = declare.integer("DAILY_LATE_HOURS", 0, 10_000)
    every_seconds: int = declare.integer("DAILY_SECONDS", 1, 3600)
