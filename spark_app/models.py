"""The folder of a kind of model: a folder for each training, named after its time, and the link `current` to one.

A reader follows `current` and loads what it finds; it is moved in one step, when a model is complete and better.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pyspark.ml import PipelineModel

METRICS = "metrics.json"


@dataclass(frozen=True)
class Training:
    """What one training has left: its name, its models by the part of each, and what was measured."""

    name: str
    parts: dict[str, PipelineModel]
    metrics: dict[str, Any]


@dataclass
class Models:
    """Trainings of one kind, such as `rain`, under the folder of all models."""

    folder: Path
    kind: str
    _loaded: Training | None = field(default=None, init=False)

    @property
    def place(self) -> Path:
        """The folder of this kind."""
        return self.folder / self.kind

    def current_name(self) -> str:
        """The name of the training in use, "" where there is none yet."""
        link = self.place / "current"
        return link.readlink().name if link.is_symlink() else ""

    def current(self) -> Training | None:
        """The training in use, loaded once; None where there is none yet."""
        name = self.current_name()
        if name and (self._loaded is None or self._loaded.name != name):
            metrics = json.loads((self.place / name / METRICS).read_text(encoding="utf-8"))
            parts = {part: PipelineModel.load(str(self.place / name / part)) for part in metrics["parts"]}
            self._loaded = Training(name, parts, metrics)
        return self._loaded

    def save(self, parts: dict[str, PipelineModel], metrics: dict[str, Any], now: datetime) -> str:
        """Keep a training; its name. It is not in use yet."""
        name = now.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        for part, model in parts.items():
            model.write().overwrite().save(str(self.place / name / part))
        text = json.dumps({"model": name, "parts": list(parts)} | metrics, indent=2, ensure_ascii=False)
        (self.place / name / METRICS).write_text(text + "\n", encoding="utf-8")
        return name

    def use(self, name: str) -> None:
        """Move `current` to this training in one step."""
        temporary = self.place / ".current"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(name)
        temporary.replace(self.place / "current")
