"""The state of automatic training and its trained models, kept beside the models and written to the store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from spark_app.influxdb.store import points, write_options
from spark_influxdb import Points, write_rows
from weather import settings
from weather.daily import MODEL_FIELDS, MODELS, TRAINING, TRAINING_FIELDS
from weather.trained_models import ModelFolder, TrainedModel, TrainingState, trained_at

Write = Callable[[Iterable[dict[str, Any]]], object]


class StateKeeper:
    """Saves the state and the trained models when they change. If the store is unavailable, it gets them later."""

    def __init__(self, models: Path, write_state: Write, write_models: Write) -> None:
        self._models = models
        self._write_state, self._write_models = write_state, write_models
        self._kept: TrainingState | None = None
        self._stored: TrainingState | None = None
        self._stored_models: set[str] = set()

    def keep(self, state: TrainingState, models: ModelFolder) -> None:
        """Write what has changed: first the file, then the store. Raise Unavailable if the store does not answer."""
        if state != self._kept:
            state.save(self._models)
            self._kept = state
        if state != self._stored:
            self._write_state([{"time": datetime.now(UTC), **asdict(state)}])
            self._stored = state
        if new := [name for name in models.names() if name not in self._stored_models]:
            trained = (TrainedModel(name, models.metrics(name)) for name in new)
            self._write_models(row for model in trained if (row := model_row(model)))
            self._stored_models.update(new)


def store_writers(influxdb: settings.InfluxDBSink) -> tuple[Write, Write]:
    """Two functions that write to the store: one writes states, one writes trained models."""
    state = points(TRAINING, tags=(), fields=TRAINING_FIELDS)
    models = points(MODELS, tags=("model",), fields=MODEL_FIELDS)

    def writer(what: Points) -> Write:
        options = write_options(what, influxdb)
        return lambda rows: write_rows(rows, options)

    return writer(state), writer(models)


def model_row(model: TrainedModel) -> dict[str, Any] | None:
    """A trained rain model as a row of MODELS; None if the folder's name is not that of a training."""
    metrics = model.metrics
    if (time := trained_at(model.name)) is None:
        return None
    return {
        "time": time,
        "model": model.name,
        "accuracy": metrics["accuracy"],
        "as_yesterday": metrics["baselines"]["as_yesterday"],
        "never_rain": metrics["baselines"]["never_rain"],
        "brier": metrics["brier"],
        "held_out_days": metrics["days"],
        "kind": metrics["chosen"],
        "trained_until": metrics["trained_until"],
    }
