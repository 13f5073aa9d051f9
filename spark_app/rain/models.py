"""Loads and saves models with Spark. `weather.trained_models` describes their folder.

A reader follows the link `current`. The link is moved in one step, when a model is complete and better.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.ml import PipelineModel

from weather import files
from weather.logs import facts
from weather.trained_models import AS_YESTERDAY, METRICS, ModelFolder

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Training:
    """The result of one training: its name, its models (part → model), and its metrics."""

    name: str
    parts: dict[str, PipelineModel] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)


UNTRAINED = Training(AS_YESTERDAY)
"""The training in use before the first one. It has no models."""


@dataclass
class Models:
    """Trainings of one kind, such as `rain`, under the folder of all models."""

    folder: Path
    kind: str
    _loaded: Training = field(default=UNTRAINED, init=False)
    _unusable: str = field(default="", init=False)

    @property
    def files(self) -> ModelFolder:
        """The files of these trainings."""
        return ModelFolder(self.folder, self.kind)

    @property
    def place(self) -> Path:
        """The folder of this kind."""
        return self.files.place

    def current(self) -> Training:
        """The training in use, loaded once; UNTRAINED if there is none.

        If a training cannot be loaded, this is logged and the one before it stays in use.
        """
        name = self.files.current_name()
        if name not in (self._loaded.name, self._unusable):
            try:
                self._loaded, self._unusable = self._load(name), ""
            except Exception as error:  # Spark raises many kinds of errors for invalid files
                self._unusable = name
                log.error(facts("model_invalid", model=self.place / name, error=repr(error), in_use=self._loaded.name))
        return self._loaded

    def save(self, parts: dict[str, PipelineModel], metrics: dict[str, Any], name: str) -> None:
        """Save a training under this name. It is not in use yet."""
        for part, model in parts.items():
            model.write().overwrite().save(str(self.place / name / part))
        text = json.dumps({"model": name, "parts": list(parts)} | metrics, indent=2, ensure_ascii=False)
        files.replace(self.place / name / METRICS, f"{text}\n")

    def use(self, name: str) -> None:
        """Move `current` to this training in one step."""
        self.files.use(name)

    def _load(self, name: str) -> Training:
        if name == AS_YESTERDAY:
            return UNTRAINED
        metrics = self.files.metrics(name)
        parts = {part: PipelineModel.load(str(self.place / name / part)) for part in metrics["parts"]}
        return Training(name, parts, metrics)
