"""Predicts each station's coming day with the models in use, and stores the observation of each reported day.

Both are fields of the same point: `rain_forecast` of the station at the day's beginning. Either may be written first.
"""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.daily import console
from spark_app.daily.report_stream import checkpoint, each_batch, valid_reports
from spark_app.influxdb.results import Results
from spark_app.influxdb.store import points
from spark_app.kafka.source import read
from spark_app.kafka.topics import ensure_topics
from spark_app.queries import Query
from spark_app.rain.coming_days import ComingDays
from spark_app.rain.features import known_before
from spark_app.rain.models import Models, Training
from weather.daily import FORECAST, OBSERVED_FIELDS, PREDICTED_FIELDS, TEMPERATURES
from weather.logs import facts
from weather.settings.forecast import Forecast
from weather.topics import FORECASTS, PARTITIONS
from weather.trained_models import RAIN, TEMPERATURE

log = logging.getLogger(__name__)

QUERY = "rain_forecast"
STATION = ("station", "station_id")
EXPECTED = tuple(f"expected_{name}" for name in TEMPERATURES)
MADE_BY_MODELS = ("features", "rawPrediction", "probability", "prediction", "scaled", "months")


class Forecaster:
    """Predicts the days of each batch. Predicts the coming days again when another model comes into use."""

    def __init__(self, context: Context, options: Forecast, kept: Path) -> None:
        """`kept` is the file with the features of each station's coming day."""
        self._context, self._options = context, options
        self._rain, self._temperature = Models(options.models, RAIN), Models(options.models, TEMPERATURE)
        self._coming = ComingDays(kept, options.late_days)
        self._lock = threading.Lock()
        self._used: tuple[str, str] | None = None
        predictions = points(FORECAST, tags=STATION, fields=PREDICTED_FIELDS, time="date")
        self._publish = Results(QUERY, context, topic=FORECASTS, key="station_id", points=predictions)
        came = points(FORECAST, tags=STATION, fields=OBSERVED_FIELDS, time="date")
        self._observe = Results(QUERY, context, points=came)

    def __call__(self, batch: DataFrame, number: int) -> None:
        """Predict the days of a micro-batch, and write the observations of the days before them."""
        batch.persist()
        try:
            with self._lock:
                predicted = self._predicted(batch)
                self._publish(predicted, number)
                self._observe(observed(batch), number)
                self._coming.take(batch)
            if self._options.console:
                shown = predicted.select("station", "date", F.col("predicted").cast("double").alias("prediction"))
                console.show(QUERY, shown.orderBy("date", "station"), number)
        finally:
            batch.unpersist()

    def renew(self) -> None:
        """Predict the coming days again if the models in use have changed. The next call retries after a failure."""
        names = (self._rain.files.current_name(), self._temperature.files.current_name())
        if names == self._used:
            return
        with self._lock:
            if (rows := self._coming.rows(self._context.spark)) is not None:
                self._publish(self._predicted(rows), None)
            self._used = names
        log.info(facts("models_in_use", rain=names[0], temperature=names[1]))

    def _predicted(self, known: DataFrame) -> DataFrame:
        return predict(known, self._rain.current(), self._temperature.current())


def query(context: Context, options: Forecast) -> Query:
    """The query. It predicts from the third day on, "as yesterday" until a model is trained."""
    ensure_topics(context.kafka, {FORECASTS: PARTITIONS[FORECASTS]})
    kept = context.options.checkpoints / f"{checkpoint(context, QUERY, options.topic)}.coming.json"
    forecaster = Forecaster(context, options, kept)
    context.regularly.append(forecaster.renew)
    known = known_before(valid_reports(read(context, options.topic)), options.late_days)
    return each_batch(context, known, QUERY, options.topic, options.forecast_seconds, forecaster)


def predict(known: DataFrame, rain: Training, temperature: Training) -> DataFrame:
    """STATION, `date` and PREDICTED_FIELDS of each day in `known`, which holds the features.

    UNTRAINED, for either model, means "as yesterday".
    """
    rows = _with_chance(known, rain)
    for name, expected in zip(TEMPERATURES, EXPECTED, strict=True):
        rows = _with_expected(rows, temperature, name, expected)
    until = rain.metrics.get("trained_until")
    columns: dict[str, Column] = {
        "probability": F.col("chance"),
        "predicted": (F.col("chance") >= 0.5).cast("int"),
        "model": F.lit(rain.name),
        "unseen": (F.col("date") > F.lit(until).cast("date")).cast("int") if until else F.lit(1),
        "yesterday": F.col("sub1raining"),
    }
    return rows.select(*STATION, "date", *(column.alias(name) for name, column in columns.items()), *EXPECTED)


def _with_chance(known: DataFrame, rain: Training) -> DataFrame:
    """Add the probability of rain, `chance`."""
    if RAIN not in rain.parts:
        return known.withColumn("chance", F.col("sub1raining").cast("double"))
    made = rain.parts[RAIN].transform(known).withColumn("chance", vector_to_array("probability")[1])
    return made.drop(*MADE_BY_MODELS)


def _with_expected(rows: DataFrame, temperature: Training, name: str, column: str) -> DataFrame:
    """Add the expected temperature: by its model, or as yesterday. Null if a feature is missing."""
    if name not in temperature.parts:
        return rows.withColumn(column, F.col(f"sub1{name}").cast("double"))
    made = temperature.parts[name].transform(rows)
    known = F.when(~F.isnan("prediction"), F.col("prediction"))
    return made.withColumn(column, known).drop(*MADE_BY_MODELS)


def observed(known: DataFrame) -> DataFrame:
    """STATION, `date` and OBSERVED_FIELDS of the day before: day N's features contain the outcome of day N-1.

    Every predicted day gets such a row when it is reported: its report is joined with the one from which it was
    predicted.
    """
    came = {"observed": "sub1raining", **{f"observed_{name}": f"sub1{name}" for name in TEMPERATURES}}
    columns = (F.col(name).cast("double").alias(field) for field, name in came.items())
    return known.select(*STATION, F.date_sub("date", 1).alias("date"), *columns)
