"""Models of the coming day's temperatures, by linear regression, compared with two baselines.

Persistence predicts the value of the day before. Climatology predicts the mean of the station and month.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from pyspark.ml import Pipeline, PipelineModel
from pyspark.ml.feature import OneHotEncoder, VectorAssembler
from pyspark.ml.regression import LinearRegression
from pyspark.sql import DataFrame

from spark_app.rain.training.evaluation import mean_absolute_error

INPUTS = {
    "degrees": ["sub1degrees", "sub1raining", "sub2degrees", "sub2raining"],
    "minimum": ["sub1degrees", "sub1raining", "sub2degrees", "sub2raining", "sub1minimum", "sub1maximum"],
    "maximum": ["sub1degrees", "sub1raining", "sub2degrees", "sub2raining", "sub1minimum", "sub1maximum"],
}
"""Predicted temperature → its features, in addition to the month."""


@dataclass(frozen=True)
class Errors:
    """Mean absolute errors on held-out days, in the degrees of the source."""

    days: int
    model: float
    persistence: float
    climatology: float

    def plain(self) -> dict[str, object]:
        """The fields as JSON values."""
        return asdict(self)


def fit(days: DataFrame, name: str) -> PipelineModel:
    """Train the model of one of INPUTS, without rows that lack a value. A missing feature makes the prediction NaN."""
    months = OneHotEncoder(inputCols=["month"], outputCols=["months"], dropLast=True, handleInvalid="keep")
    # "keep": a missing feature makes the prediction NaN, but does not drop the row.
    inputs = VectorAssembler(inputCols=["months", *INPUTS[name]], outputCol="features", handleInvalid="keep")
    regression = LinearRegression(labelCol=name, regParam=0.001)
    return Pipeline(stages=[months, inputs, regression]).fit(days.dropna(subset=[name, *INPUTS[name]]))


def error_of(model: PipelineModel | None, name: str, days: DataFrame) -> float:
    """The mean absolute error on these days of a model, or of "as yesterday" if there is none."""
    complete = days.dropna(subset=[name, *INPUTS[name]])
    rows = model.transform(complete) if model else complete.withColumn("prediction", complete[f"sub1{name}"])
    found = rows.select(name, "prediction").toPandas()
    return mean_absolute_error(found[name].to_numpy(float), found["prediction"].to_numpy(float))


def errors(model: PipelineModel, name: str, train: DataFrame, test: DataFrame) -> Errors:
    """The errors of the model and of both baselines on the days of `test`."""
    columns = ["station_id", "month", name, f"sub1{name}"]
    usual = _usual(train.select(*columns).dropna().toPandas(), name)
    complete = test.dropna(subset=[name, *INPUTS[name]])
    rows = model.transform(complete).select(*columns, "prediction").toPandas()
    return compare(rows, name, usual)


def compare(rows: pd.DataFrame, name: str, usual: Mapping[tuple[str, int], float]) -> Errors:
    """The errors in these rows. If a station and month is not in `usual`, climatology is the mean of all."""
    everywhere = sum(usual.values()) / len(usual)
    keys = zip(map(str, rows["station_id"]), map(int, rows["month"]), strict=True)
    climatology = np.array([usual.get(key, everywhere) for key in keys])
    observed = rows[name].to_numpy(float)
    return Errors(
        days=len(rows),
        model=mean_absolute_error(observed, rows["prediction"].to_numpy(float)),
        persistence=mean_absolute_error(observed, rows[f"sub1{name}"].to_numpy(float)),
        climatology=mean_absolute_error(observed, climatology),
    )


def _usual(rows: pd.DataFrame, name: str) -> dict[tuple[str, int], float]:
    means = rows.groupby(["station_id", "month"])[name].mean().reset_index()
    return {(str(row["station_id"]), int(row["month"])): float(row[name]) for row in means.to_dict("records")}
