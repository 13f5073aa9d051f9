"""When models are trained by themselves: a dataset of small files, a clock moved by hand, runs that only end."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from spark_app.rain.dataset_coverage import Coverage
from spark_app.rain.training.automatic import AutomaticTraining, last_line, run
from spark_app.rain.training.state import StateKeeper
from testing.environment import eventually
from weather.errors import Unavailable
from weather.settings.forecast import Forecast, Training
from weather.trained_models import AS_YESTERDAY, TrainingState

RULES = Training(True, min_days=8, every_days=5, pause_seconds=300, memory="512m", candidates=("decision_tree",))
STATIONS = 20


class EndedByHand:
    """A training that runs until the test says how it ended."""

    def __init__(self) -> None:
        self.status: int | None = None
        self.terminated = False

    def poll(self) -> int | None:
        return self.status

    def terminate(self) -> None:
        self.terminated = True


class Bench:
    """Automatic training over a folder that the test fills."""

    def __init__(self, folder: Path, rules: Training = RULES) -> None:
        self.folder, self.rules = folder, rules
        self.time = 1000.0
        self.runs: list[EndedByHand] = []
        self.states: list[dict[str, Any]] = []
        self.models: list[dict[str, Any]] = []
        self.away = self.broken = False
        self.options = Forecast("daily", folder / "dataset", folder / "models", 7, 5, 30, 10, console=False)
        self.training = self.made()

    def made(self) -> AutomaticTraining:
        keeper = StateKeeper(self.options.models, self.store, self.store_models)
        return AutomaticTraining(self.rules, self.options, self.start, keeper, lambda: self.time)

    def store(self, rows: Any) -> None:
        if self.away:
            raise Unavailable("InfluxDB is away")
        self.states += rows

    def store_models(self, rows: Any) -> None:
        self.models += rows

    def start(self) -> EndedByHand:
        if self.broken:
            raise OSError("no such program")
        self.runs.append(EndedByHand())
        return self.runs[-1]

    def add_days(self, first: int, number: int) -> None:
        days = [date(2014, 1, 3) + timedelta(days=first + at) for at in range(number) for _ in range(STATIONS)]
        self.options.dataset.mkdir(exist_ok=True)
        pq.write_table(
            pa.table({"date": days, "raining": [0] * len(days)}), self.options.dataset / f"{first:03}.parquet"
        )

    def ends(self, status: int, said: str = "") -> None:
        self.options.models.mkdir(exist_ok=True)
        (self.options.models / "training.log").write_text(said)
        self.runs[-1].status = status
        self.training.look()

    @property
    def state(self) -> TrainingState:
        state = TrainingState.load(self.options.models)
        assert state is not None
        return state


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_it_waits_for_enough_days_and_says_how_many(bench: Bench) -> None:
    bench.training.look()
    bench.add_days(0, 7)
    bench.training.look()
    assert not bench.runs
    assert bench.state == TrainingState("waiting for 8 days", 7, 8, AS_YESTERDAY)
    assert [(row["days"], row["state"]) for row in bench.states][-1] == (7, "waiting for 8 days")


def test_the_first_training_begins_by_itself_and_another_when_days_were_added_and_the_pause_is_over(
    bench: Bench,
) -> None:
    bench.add_days(0, 8)
    bench.training.look()
    assert len(bench.runs) == 1 and bench.state.state == "training"
    bench.add_days(8, 5)
    bench.training.look()
    assert len(bench.runs) == 1, "one at a time"
    bench.ends(0)
    assert len(bench.runs) == 1 and bench.state.needed == 13, "the pause is not over"
    assert bench.state.state == "paused, the next one starts 300 s after the last one started"
    bench.time += RULES.pause_seconds
    bench.training.look()
    assert len(bench.runs) == 2
    bench.ends(0)
    bench.time += RULES.pause_seconds
    bench.training.look()
    assert len(bench.runs) == 2 and bench.state.state == "waiting for 18 days"


def test_a_failure_is_told_and_tried_again_after_the_pause(bench: Bench) -> None:
    bench.add_days(0, 8)
    bench.training.look()
    bench.ends(1, "much\n\n✗ no space left on the disk\n\n")
    assert bench.state.state == "failed, will be retried"
    assert bench.state.problem == "✗ no space left on the disk" == bench.states[-1]["problem"]
    assert len(bench.runs) == 1
    bench.time += RULES.pause_seconds
    bench.training.look()
    assert len(bench.runs) == 2
    bench.ends(0)
    assert bench.state.problem == ""


def test_a_training_that_cannot_be_started_has_failed_too(bench: Bench) -> None:
    bench.broken = True
    bench.add_days(0, 8)
    bench.training.look()
    assert bench.state.problem == "cannot start the process: no such program"
    bench.broken, bench.time = False, bench.time + RULES.pause_seconds
    bench.training.look()
    assert len(bench.runs) == 1


def test_after_a_restart_it_goes_on_from_the_days_that_the_last_training_had(bench: Bench) -> None:
    place = bench.options.models / "rain" / "20261101T120000Z"
    place.mkdir(parents=True)
    metrics = {"dates": 8, "accuracy": 0.8, "brier": 0.2, "days": 9, "chosen": "x", "trained_until": "2014-01-08"}
    (place / "metrics.json").write_text(json.dumps(metrics | {"baselines": {"as_yesterday": 0.7, "never_rain": 0.1}}))
    bench.add_days(0, 12)
    again = bench.made()
    again.look()
    again.look()
    assert not bench.runs
    assert [(row["model"], row["held_out_days"]) for row in bench.models] == [("20261101T120000Z", 9)], "stored once"
    bench.add_days(12, 1)
    again.look()
    assert len(bench.runs) == 1


def test_switched_off_it_only_says_so(tmp_path: Path) -> None:
    bench = Bench(tmp_path, replace(RULES, automatic=False))
    bench.add_days(0, 20)
    bench.training.look()
    assert not bench.runs and bench.state.state.startswith("off (TRAIN_AUTOMATICALLY=0)")


def test_while_the_store_is_away_training_goes_on_and_the_state_is_stored_later(bench: Bench) -> None:
    bench.away = True
    bench.add_days(0, 8)
    with pytest.raises(Unavailable):
        bench.training.look()
    assert len(bench.runs) == 1 and bench.state.state == "training"
    bench.away = False
    bench.training.look()
    assert bench.states[-1]["state"] == "training"


def test_a_training_under_way_ends_with_the_application(bench: Bench) -> None:
    bench.add_days(0, 8)
    bench.training.look()
    bench.training.close()
    assert bench.runs[0].terminated


def test_a_file_counts_once_and_days_of_several_stations_are_one(bench: Bench) -> None:
    coverage = Coverage(bench.options.dataset)
    coverage.update()
    assert (coverage.days, coverage.rows) == (0, 0)
    bench.add_days(0, 2)
    coverage.update()
    bench.add_days(1, 3)
    coverage.update()
    coverage.update()
    assert (coverage.days, coverage.rows) == (4, 5 * STATIONS)


def test_a_run_prints_into_the_log_beside_the_models(tmp_path: Path) -> None:
    environment = {"PATH": "/usr/bin:/bin"}
    started = run(["sh", "-c", "nice; echo said; echo; exit 3"], environment, tmp_path / "models")
    eventually(lambda: started.poll() is not None, "it ends")
    assert started.poll() == 3 and last_line(tmp_path / "models" / "training.log") == "said"
    assert last_line(tmp_path / "nothing") == ""
