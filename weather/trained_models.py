"""The folder of trained models: which exist, how good each is, and which is in use. Standard library only.

Each kind of model (`rain`, `temperature`) has a folder. In it each training has a folder named after its time (UTC),
with its models and `metrics.json`; the link `current` points to the one in use. No link means AS_YESTERDAY. A file
`pinned` in the folder of all models means that a person chose the model: automatic training does not replace it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from weather import files
from weather.errors import SettingsError

RAIN, TEMPERATURE = "rain", "temperature"
KINDS = (RAIN, TEMPERATURE)
AS_YESTERDAY = "as_yesterday"
"""The first model, which needs no training: it predicts today's values for tomorrow."""
AUTOMATIC = "automatic"
"""A choice instead of a model's name: automatic training chooses."""
METRICS = "metrics.json"
CURRENT = "current"
KEPT = 20
"""Number of trainings to keep per kind."""
STATE = "training.json"
NAME_FORMAT = "%Y%m%dT%H%M%SZ"


@dataclass(frozen=True)
class TrainedModel:
    """One training of one kind: its name and its metrics."""

    name: str
    metrics: dict[str, Any]


@dataclass(frozen=True)
class ModelFolder:
    """The trainings of one kind under the folder of all models."""

    folder: Path
    kind: str

    @property
    def place(self) -> Path:
        """The folder of this kind."""
        return self.folder / self.kind

    def current_name(self) -> str:
        """The name of the training in use; AS_YESTERDAY if there is none."""
        link = self.place / CURRENT
        return link.readlink().name if link.is_symlink() else AS_YESTERDAY

    def metrics(self, name: str) -> dict[str, Any]:
        """The metrics of a training."""
        metrics: dict[str, Any] = json.loads((self.place / name / METRICS).read_text(encoding="utf-8"))
        return metrics

    def names(self) -> list[str]:
        """The names of the complete trainings, oldest first."""
        folders = (file.parent for file in self.place.glob(f"*/{METRICS}"))
        return sorted(folder.name for folder in folders if not folder.is_symlink())

    def trained(self) -> Iterator[TrainedModel]:
        """The complete trainings, oldest first."""
        return (TrainedModel(name, self.metrics(name)) for name in self.names())

    def prune(self, keep: int = KEPT) -> None:
        """Remove all but the newest `keep` trainings; never remove the one in use."""
        for name in self.names()[:-keep]:
            if name != self.current_name():
                shutil.rmtree(self.place / name)

    def use(self, name: str) -> None:
        """Point `current` to this training in one step; AS_YESTERDAY removes the link."""
        if name == AS_YESTERDAY:
            (self.place / CURRENT).unlink(missing_ok=True)
            return
        temporary = self.place / f".{CURRENT}"
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(name)
        temporary.replace(self.place / CURRENT)


@dataclass(frozen=True)
class TrainingState:
    """The state of automatic training, in words; the days in the dataset, the number of days at which the next
    training is due, the model in use, and why the last training failed ("" if it did not)."""

    state: str
    days: int
    needed: int
    model: str
    problem: str = ""

    def save(self, folder: Path) -> None:
        """Store the state beside the models."""
        files.replace(folder / STATE, json.dumps(asdict(self), ensure_ascii=False) + "\n")

    @classmethod
    def load(cls, folder: Path) -> TrainingState | None:
        """The stored state; None if there is none or it is invalid."""
        try:
            return cls(**json.loads((folder / STATE).read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None


def new_name(now: datetime) -> str:
    """The name of a training that began at `now`."""
    return now.astimezone(UTC).strftime(NAME_FORMAT)


def trained_at(name: str) -> datetime | None:
    """When the training of this name began; None if the name is not a time."""
    try:
        return datetime.strptime(name, NAME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None


def pinned(folder: Path) -> bool:
    """Whether a person chose the models in use."""
    return (folder / "pinned").exists()


def choose(folder: Path, name: str) -> list[str]:
    """Put a training into use for each kind that has it, and pin it. Return these kinds.

    Every kind has AS_YESTERDAY. AUTOMATIC removes the pin and changes nothing else. Raise SettingsError, with the
    known names, if no kind has this training.
    """
    if name == AUTOMATIC:
        (folder / "pinned").unlink(missing_ok=True)
        return []
    kinds = [ModelFolder(folder, kind) for kind in KINDS]
    names = {model.name: None for kind in kinds for model in kind.trained()}
    if name not in (AS_YESTERDAY, *names):
        known = ", ".join((AUTOMATIC, AS_YESTERDAY, *sorted(names)))
        raise SettingsError(f"no model in {folder} is called {name!r}; there are {known}")
    chosen = [kind for kind in kinds if name == AS_YESTERDAY or (kind.place / name / METRICS).exists()]
    files.replace(folder / "pinned", f"{name}\n")
    for kind in chosen:
        kind.use(name)
    return [kind.kind for kind in chosen]
