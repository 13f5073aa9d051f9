"""The folder of trained models, and what ./submit.sh models, ./submit.sh use and ./status.sh make of it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stack import submit
from stack.status import models_row
from weather.errors import SettingsError
from weather.trained_models import (
    AS_YESTERDAY,
    AUTOMATIC,
    RAIN,
    TEMPERATURE,
    ModelFolder,
    TrainingState,
    choose,
    new_name,
    pinned,
    trained_at,
)

OLD, NEW = "20261101T120000Z", "20261102T120000Z"


def trained(folder: Path, kind: str, name: str, accuracy: float = 0.8) -> None:
    """What a training leaves, without its models."""
    metrics = {"accuracy": accuracy, "brier": 0.2, "days": 90, "chosen": "decision_tree",
               "trained_until": "2014-01-25", "baselines": {"as_yesterday": 0.7, "never_rain": 0.2}}  # fmt: skip
    (folder / kind / name).mkdir(parents=True)
    (folder / kind / name / "metrics.json").write_text(json.dumps(metrics))


@pytest.fixture
def models(tmp_path: Path) -> Path:
    trained(tmp_path, RAIN, OLD, 0.75)
    trained(tmp_path, RAIN, NEW, 0.875)
    trained(tmp_path, TEMPERATURE, NEW)
    return tmp_path


def test_as_yesterday_is_in_use_before_any_training(tmp_path: Path) -> None:
    rain = ModelFolder(tmp_path / "models", RAIN)
    assert rain.current_name() == AS_YESTERDAY and list(rain.trained()) == []


def test_a_name_is_the_time_of_its_training() -> None:
    moment = datetime(2026, 11, 2, 12, tzinfo=UTC)
    assert new_name(moment) == NEW and trained_at(NEW) == moment
    assert trained_at("mine") is None


def test_trainings_are_listed_oldest_first_and_the_link_is_none_of_them(models: Path) -> None:
    rain = ModelFolder(models, RAIN)
    rain.use(NEW)
    assert [model.name for model in rain.trained()] == [OLD, NEW]
    (models / RAIN / "unfinished").mkdir()
    assert [model.name for model in rain.trained()] == [OLD, NEW]


def test_a_choice_moves_each_kind_that_has_it_and_is_kept_from_automatic_training(models: Path) -> None:
    assert choose(models, NEW) == [RAIN, TEMPERATURE]
    assert choose(models, OLD) == [RAIN]
    assert ModelFolder(models, RAIN).current_name() == OLD
    assert ModelFolder(models, TEMPERATURE).current_name() == NEW
    assert pinned(models)
    assert choose(models, AUTOMATIC) == [] and not pinned(models)
    assert ModelFolder(models, RAIN).current_name() == OLD, "nothing else has changed"
    assert choose(models, AS_YESTERDAY) == [RAIN, TEMPERATURE]
    assert {ModelFolder(models, kind).current_name() for kind in (RAIN, TEMPERATURE)} == {AS_YESTERDAY}


def test_the_oldest_trainings_are_removed_but_never_the_one_in_use(tmp_path: Path) -> None:
    for number in range(25):
        trained(tmp_path, RAIN, f"20261101T1200{number:02}Z")
    rain = ModelFolder(tmp_path, RAIN)
    rain.use("20261101T120002Z")
    rain.prune()
    assert rain.names() == ["20261101T120002Z", *(f"20261101T1200{number:02}Z" for number in range(5, 25))]
    assert rain.current_name() == "20261101T120002Z"


def test_an_unknown_model_is_refused_with_those_that_there_are(models: Path) -> None:
    with pytest.raises(SettingsError, match=f"is called 'best'; there are automatic, as_yesterday, {OLD}, {NEW}"):
        choose(models, "best")
    assert not pinned(models)


def test_the_state_of_training_is_read_as_it_was_kept(tmp_path: Path) -> None:
    assert TrainingState.load(tmp_path) is None
    state = TrainingState("waiting for 8 days", 3, 8, AS_YESTERDAY)
    state.save(tmp_path / "models")
    assert TrainingState.load(tmp_path / "models") == state
    (tmp_path / "models" / "training.json").write_text("{")
    assert TrainingState.load(tmp_path / "models") is None


def test_the_models_are_listed_with_their_scores_and_what_is_in_use(
    models: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], environment: dict[str, str]
) -> None:
    for name, value in (environment | {"MODELS_DIR": str(models)}).items():
        monkeypatch.setenv(name, value)
    TrainingState("training", 12, 10, NEW).save(models)
    assert submit.main(["use", NEW]) == 0
    assert f"{NEW} predicts rain and temperature now" in capsys.readouterr().out
    assert submit.main(["models"]) == 0
    told = capsys.readouterr().out
    rows = {words[0]: words[1:] for words in (line.split() for line in told.splitlines()) if words}
    assert rows[AS_YESTERDAY] == ["no", "training", "-", "-", "-", "-", "-"]
    assert rows[OLD] == ["decision_tree", "0.750", "0.700", "0.200", "90", "2014-01-25"]
    assert rows[NEW] == ["decision_tree", "0.875", "0.700", "0.200", "90", "2014-01-25", "rain,", "temperature"]
    assert "was chosen by hand" in told and "Automatic training: training; the dataset has 12 days." in told


@pytest.mark.parametrize("words", [["use"], ["use", "--help"], ["use", "a", "b"], ["models", "all"]])
def test_a_call_that_is_not_understood_is_told_how_it_goes(
    words: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert submit.main(words) == 1
    assert f"usage: ./submit.sh {words[0]}" in capsys.readouterr().err


def test_the_status_tells_the_model_in_use_and_a_failed_training_as_a_warning(tmp_path: Path) -> None:
    assert models_row(tmp_path) == ("rain-model", "absent", "", "no model yet; as_yesterday will be the first")
    TrainingState("waiting for 8 days", 3, 8, AS_YESTERDAY).save(tmp_path)
    waiting = "as_yesterday in use; automatic training: waiting for 8 days; the dataset has 3 days"
    assert models_row(tmp_path) == ("rain-model", "healthy", "", waiting)
    (tmp_path / RAIN / "20260101T000000Z").mkdir(parents=True)
    ModelFolder(tmp_path, RAIN).use("20260101T000000Z")
    assert models_row(tmp_path)[3].startswith("20260101T000000Z in use"), "the folder says it, not an older state"
    TrainingState("failed, will be retried", 9, 8, AS_YESTERDAY, "no disk").save(tmp_path)
    assert models_row(tmp_path)[1] == "warning" and "no disk" in models_row(tmp_path)[3]
