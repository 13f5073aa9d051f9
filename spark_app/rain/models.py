"""Models on disk, as Spark loads and saves them. `weather.trained_models` describes the folder.

A reader follows `current` and loads what it finds; the link is moved in one step, when a model is complete and better.
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
    """What one training has left: its name, its models by the part of each, and what was measured."""

    name: str
    parts: dict[str, PipelineModel] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)


UNTRAINED = Training(AS_YESTERDAY)
"""The model that is in use before any training: it has no parts."""


@dataclass
class Models:
    """Trainings of one kind, such as `rain`, under the folder of all models."""

    folder: Path
    kind: str
    _loaded: Training = field(default=UNTRAINED, init=False)
    _unusable: str = field(default="", init=False)

    @property
    def files(self) -> ModelFolder:
        """Their files."""
        return ModelFolder(self.folder, self.kind)

    @property
    def place(self) -> Path:
        """The folder of this kind."""
        return self.files.place

    def current(self) -> Training:
        """The training in use, loaded once; UNTRAINED if there is none yet.

        A training that cannot be loaded is logged, and the one before it stays in use.
        """
        name = self.files.current_name()
        if name not in (self._loaded.name, self._unusable):
            try:
                self._loaded, self._unusable = self._load(name), ""
            except Exception as error:  # whatever Spark finds wrong with the files
                self._unusable = name
                log.error(facts("model_unusable", model=self.place / name, error=repr(error), then=self._loaded.name))
        return self._loaded

    def save(self, parts: dict[str, PipelineModel], metrics: dict[str, Any], name: str) -> None:
        """Keep a training under a name. It is not in use yet."""
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
