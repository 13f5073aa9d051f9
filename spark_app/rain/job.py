"""The job `rain`: writes days with their features to Parquet files, trains models on them, predicts the next day."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import DataFrame

from spark_app.context import Context
from spark_app.daily.report_stream import checkpoint, each_batch, prepared, valid_reports
from spark_app.kafka.source import read
from spark_app.queries import Query
from spark_app.rain import forecasting, parquet_files
from spark_app.rain.features import RAIN_DATASET, TEMPERATURE_DATASET, days_with_features
from spark_app.rain.training import automatic
from weather.settings.forecast import Forecast

DATASET = "rain_dataset"


def queries(context: Context) -> Sequence[Query]:
    """The queries. Start the automatic training."""
    options = prepared(context)
    found = [dataset(context, options), forecasting.query(context, options)]
    automatic.start(context, options)
    return found


def dataset(context: Context, options: Forecast) -> Query:
    """The query that writes the datasets, one file each every DATASET_SECONDS."""
    stream = checkpoint(context, DATASET, options.topic)

    def write(batch: DataFrame, number: int) -> None:
        batch.persist()
        try:
            parquet_files.write(batch.select(*RAIN_DATASET), options.dataset, stream, number)
            parquet_files.write(batch.select(*TEMPERATURE_DATASET), options.temperatures, stream, number)
        finally:
            batch.unpersist()

    days = days_with_features(valid_reports(read(context, options.topic)), options.late_days)
    return each_batch(context, days, DATASET, options.topic, options.dataset_seconds, write)
