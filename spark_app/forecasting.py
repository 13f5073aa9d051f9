"""The current models at work: what they predict for each station's coming day, and what came of each day reported.

Both are fields of the same point, `rain_forecast` of the station at the day's beginning, whichever is written first.
"""

from __future__ import annotations

from pyspark.ml.functions import vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app import console
from spark_app.context import Context
from spark_app.features import known_before
from spark_app.kafka_source import read
from spark_app.kafka_topics import ensure_topics
from spark_app.models import Models, Training
from spark_app.report_stream import each_batch, usable
from spark_app.results import Points, Results
from spark_app.waiting import WaitingQuery
from weather.daily import FORECAST, OBSERVED_FIELDS, PREDICTED_FIELDS, TEMPERATURES
from weather.forecast_settings import Forecast
from weather.topics import FORECASTS, PARTITIONS

QUERY = "rain_forecast"
RAIN, TEMPERATURE = "rain", "temperature"
"""The kinds of models."""
EXPECTED = tuple(f"expected_{name}" for name in TEMPERATURES)
MADE_BY_MODELS = ("features", "rawPrediction", "probability", "prediction", "scaled", "months")


def start(context: Context, options: Forecast) -> WaitingQuery:
    """The query, which begins when there is a model of rain: the days until then are predicted as well."""
    rain = Models(options.models, RAIN)

    def reason() -> str:
        return "" if rain.current_name() else f"there is no model in {rain.place}: ./submit.sh train makes one"

    return WaitingQuery(QUERY, reason, lambda: start_query(context, options))


def start_query(context: Context, options: Forecast) -> StreamingQuery:
    """Start the query at once."""
    ensure_topics(context.kafka, {FORECASTS: PARTITIONS[FORECASTS]})
    rain, temperature = Models(options.models, RAIN), Models(options.models, TEMPERATURE)
    predictions = Points(FORECAST, tags=("station",), fields=PREDICTED_FIELDS, time="date")
    publish = Results(QUERY, context, topic=FORECASTS, key="station", points=predictions)
    observe = Results(QUERY, context, points=Points(FORECAST, tags=("station",), fields=OBSERVED_FIELDS, time="date"))

    def forecast(batch: DataFrame, number: int) -> None:
        batch.persist()
        try:
            predicted = predict(batch, rain.current(), temperature.current())
            publish(predicted, number)
            observe(observed(batch), number)
            if options.console:
                shown = predicted.select("station", "date", F.col("predicted").cast("double").alias("prediction"))
                console.show(QUERY, shown.orderBy("date", "station"), number)
        finally:
            batch.unpersist()

    known = known_before(usable(read(context, options.topic)), options.late_days)
    return each_batch(context, known, QUERY, options.topic, options.forecast_seconds, forecast)


def predict(known: DataFrame, rain: Training | None, temperature: Training | None) -> DataFrame:
    """`station`, `date` and PREDICTED_FIELDS of each day of which is known what was before it."""
    if rain is None:
        raise ValueError("there is no model of rain")
    rows = rain.parts[RAIN].transform(known).withColumn("chance", vector_to_array("probability")[1])
    rows = rows.drop(*MADE_BY_MODELS)
    for name, expected in zip(TEMPERATURES, EXPECTED, strict=True):
        rows = _with_expected(rows, temperature, name, expected)
    columns: dict[str, Column] = {
        "probability": F.col("chance"),
        "predicted": (F.col("chance") >= 0.5).cast("int"),
        "model": F.lit(rain.name),
        "unseen": (F.col("date") > F.lit(rain.metrics["trained_until"]).cast("date")).cast("int"),
        "yesterday": F.col("sub1raining"),
    }
    return rows.select("station", "date", *(column.alias(name) for name, column in columns.items()), *EXPECTED)


def _with_expected(rows: DataFrame, temperature: Training | None, name: str, column: str) -> DataFrame:
    """The rows with what a model of temperatures expects; null where there is no such model, or too little is known."""
    if temperature is None or name not in temperature.parts:
        return rows.withColumn(column, F.lit(None).cast("double"))
    made = temperature.parts[name].transform(rows)
    known = F.when(~F.isnan("prediction"), F.col("prediction"))
    return made.withColumn(column, known).drop(*MADE_BY_MODELS)


def observed(known: DataFrame) -> DataFrame:
    """`station`, `date` and OBSERVED_FIELDS of the day before: what is known before a day is what came of that one.

    A day that was predicted always has such a row: its report joins the one before it, from which it was predicted.
    """
    came = {"observed": "sub1raining", **{f"observed_{name}": f"sub1{name}" for name in TEMPERATURES}}
    columns = (F.col(name).cast("double").alias(field) for field, name in came.items())
    return known.select("station", F.date_sub("date", 1).alias("date"), *columns)
