"""`./submit.sh models` and `./submit.sh use NAME`: list the trained models, and put one into use."""

from __future__ import annotations

from pathlib import Path

from stack.common.steps import say
from weather import settings
from weather.errors import SettingsError
from weather.settings import forecast
from weather.trained_models import (
    AS_YESTERDAY,
    AUTOMATIC,
    RAIN,
    TEMPERATURE,
    ModelFolder,
    TrainedModel,
    TrainingState,
    choose,
    pinned,
)

HEADINGS = ("model", "kind", "accuracy", "as yesterday", "Brier", "held-out days", "trained until", "in use for")


def show(arguments: list[str], variables: settings.Variables) -> int:
    """Print each trained model with its scores on the held-out days, and which one is in use."""
    if arguments:
        raise SettingsError("usage: ./submit.sh models")
    folder = forecast.models_folder(variables)
    rain, temperature = ModelFolder(folder, RAIN), ModelFolder(folder, TEMPERATURE)
    used = {RAIN: rain.current_name(), TEMPERATURE: temperature.current_name()}
    rows: list[tuple[str, ...]] = [
        HEADINGS,
        (AS_YESTERDAY, "no training", "-", "-", "-", "-", "-", _used_for(AS_YESTERDAY, used)),
    ]
    rows += [_row(model, used) for model in rain.trained()]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        say("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    say(f"\nModels in {folder}. {_who_chooses(folder)}")
    if state := TrainingState.load(folder):
        say(f"Automatic training: {sentence(state)}.")
    return 0


def use(arguments: list[str], variables: settings.Variables) -> int:
    """Put a model into use; the running application loads it within seconds."""
    if len(arguments) != 1 or arguments[0].startswith("-"):
        raise SettingsError(
            f"usage: ./submit.sh use NAME | {AS_YESTERDAY} | {AUTOMATIC}; ./submit.sh models lists the names"
        )
    (name,) = arguments
    folder = forecast.models_folder(variables)
    kinds = choose(folder, name)
    if name == AUTOMATIC:
        say("automatic training chooses the model again: a new model replaces the one in use if it is better")
    else:
        say(f"{name} predicts {' and '.join(kinds)} now, until ./submit.sh use names another model or {AUTOMATIC}")
    return 0


def sentence(state: TrainingState) -> str:
    """The state of automatic training and the number of days in the dataset, as text."""
    text = f"{state.state}; the dataset has {state.days} days"
    return f"{text}; the last training failed: {state.problem}" if state.problem else text


def _row(model: TrainedModel, used: dict[str, str]) -> tuple[str, ...]:
    metrics = model.metrics
    return (
        model.name,
        str(metrics.get("chosen", "-")),
        _share(metrics.get("accuracy")),
        _share(metrics.get("baselines", {}).get("as_yesterday")),
        _share(metrics.get("brier")),
        str(metrics.get("days", "-")),
        str(metrics.get("trained_until", "-")),
        _used_for(model.name, used),
    )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _used_for(name: str, used: dict[str, str]) -> str:
    return ", ".join(kind for kind, current in used.items() if current == name)


def _who_chooses(folder: Path) -> str:
    if pinned(folder):
        return f"The model in use was chosen by hand. ./submit.sh use {AUTOMATIC} lets automatic training choose again."
    return "A new model replaces the one in use if it is better on the held-out days."
