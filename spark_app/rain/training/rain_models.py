"""Trains the rain model: cross-validation compares the candidates, and the best one is evaluated on later days.

Rule: the highest mean accuracy of the folds wins. Among the candidates within TOLERANCE of it the simplest one wins,
which is the first in CANDIDATES.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from pyspark.ml import Estimator, Pipeline, PipelineModel
from pyspark.ml.classification import (
    DecisionTreeClassifier,
    GBTClassifier,
    LogisticRegression,
    RandomForestClassifier,
)
from pyspark.ml.evaluation import MulticlassClassificationEvaluator
from pyspark.ml.feature import OneHotEncoder, VectorAssembler
from pyspark.ml.functions import vector_to_array
from pyspark.ml.tuning import CrossValidator, ParamGridBuilder
from pyspark.sql import DataFrame

from spark_app.rain.features import FEATURES
from spark_app.rain.training.evaluation import Quality, quality

LABEL = "raining"
FOLDS = 3
AT_ONCE = 2
"""Fits at the same time: as many as a small machine has cores."""
TOLERANCE = 0.001
DEPTH = 5

Grid = list[dict[object, object]]


@dataclass(frozen=True)
class Compared:
    """The accuracy of a candidate in cross-validation, and the candidate fitted to all training days."""

    accuracy: float
    model: PipelineModel


def decision_tree(depth: int = DEPTH, seed: int = 1) -> Pipeline:
    """The tree that the exercise requires: FEATURES as they are, in one vector."""
    return Pipeline(stages=[_assembler(FEATURES), DecisionTreeClassifier(labelCol=LABEL, maxDepth=depth, seed=seed)])


def _tree(seed: int) -> tuple[Pipeline, Grid]:
    pipeline = decision_tree(seed=seed)
    return pipeline, ParamGridBuilder().addGrid(pipeline.getStages()[-1].maxDepth, [3, DEPTH]).build()


def _logistic(seed: int) -> tuple[Pipeline, Grid]:
    fit = LogisticRegression(labelCol=LABEL)
    months = OneHotEncoder(inputCols=["month"], outputCols=["months"], dropLast=True, handleInvalid="keep")
    stages = [months, _assembler(["months", *FEATURES[1:]]), fit]
    return Pipeline(stages=stages), ParamGridBuilder().addGrid(fit.regParam, [0.0, 0.01]).build()


def _forest(seed: int) -> tuple[Pipeline, Grid]:
    fit = RandomForestClassifier(labelCol=LABEL, numTrees=20, seed=seed)
    return Pipeline(stages=[_assembler(FEATURES), fit]), ParamGridBuilder().addGrid(fit.maxDepth, [4, 6]).build()


def _boosted(seed: int) -> tuple[Pipeline, Grid]:
    fit = GBTClassifier(labelCol=LABEL, maxIter=10, maxDepth=3, seed=seed)
    return Pipeline(stages=[_assembler(FEATURES), fit]), ParamGridBuilder().build()


CANDIDATES: Mapping[str, Callable[[int], tuple[Pipeline, Grid]]] = {
    "decision_tree": _tree,
    "logistic_regression": _logistic,
    "random_forest": _forest,
    "gradient_boosted_trees": _boosted,
}
"""Name → function that takes a seed and returns the pipeline and its parameter grid; the simplest first."""


def compare(days: DataFrame, names: list[str], seed: int) -> dict[str, Compared]:
    """Name → result of the cross-validation over these days."""
    return {name: _cross_validated(days, *CANDIDATES[name](seed), seed) for name in names}


def best(compared: Mapping[str, Compared]) -> str:
    """The name of the best candidate by the rule above."""
    top = max(one.accuracy for one in compared.values())
    return next(name for name in CANDIDATES if name in compared and compared[name].accuracy >= top - TOLERANCE)


def evaluate(model: PipelineModel, days: DataFrame) -> Quality:
    """The quality of a model on these days."""
    rows = model.transform(days).select(LABEL, vector_to_array("probability")[1].alias("chance")).toPandas()
    return quality(np.asarray(rows[LABEL], dtype=float), np.asarray(rows["chance"], dtype=float))


def _cross_validated(days: DataFrame, pipeline: Estimator, grid: Grid, seed: int) -> Compared:
    accuracy = MulticlassClassificationEvaluator(labelCol=LABEL, metricName="accuracy")
    validator = CrossValidator(
        estimator=pipeline, estimatorParamMaps=grid, evaluator=accuracy, numFolds=FOLDS, parallelism=AT_ONCE, seed=seed
    )
    fitted = validator.fit(days)
    return Compared(float(max(fitted.avgMetrics)), fitted.bestModel)


def _assembler(columns: list[str]) -> VectorAssembler:
    return VectorAssembler(inputCols=columns, outputCol="features")
