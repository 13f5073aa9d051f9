"""Simulated stations by one command, natively: statistics and predictions of a whole stack. The tests are chapters."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from testing.environment import eventually
from testing.running_stack import RunningStack
from weather.settings.forecast import Forecast
from weather.trained_models import RAIN, ModelFolder, TrainingState


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    made = RunningStack(tmp_path_factory.mktemp("stations"))
    made.environment |= {"STREAM_SOURCE": "stations", "STATIONS_DAY_SECONDS": "0.2", "SPARK_WORKER_NUMBER": "1"}
    made.environment |= {"DATASET_SECONDS": "5", "FORECAST_SECONDS": "2", "SPARK_SHUFFLE_PARTITIONS": "1"}
    made.environment |= {"TRAIN_MIN_DAYS": "40", "TRAIN_PAUSE_SECONDS": "100000"}  # one training
    made.environment |= {"TRAIN_CANDIDATES": "decision_tree"}
    yield made
    made.run("./clean.sh", "--yes")
    for process in made.processes():
        process.kill()


def test_one_command_brings_the_first_statistics_into_the_store(stack: RunningStack) -> None:
    output = stack.must("./build_setup.sh", "--native")
    assert "wait for the first points in InfluxDB" in output
    stations = set("ABCDEFGHIJKLMNO")
    eventually(lambda: set(stack.values("station_stats", "avg").station) == stations, "all stations have statistics")
    assert "unhealthy" not in stack.must("./status.sh")


def test_without_another_command_days_are_predicted_and_a_model_is_trained(stack: RunningStack) -> None:
    eventually(lambda: len(stack.values("rain_forecast", "probability")) > 0, "days are predicted")
    assert set(stack.values("station_stats", "LON").LON) == {-100.0, -97.0, -94.0, -91.0, -88.0, -85.0}
    eventually(lambda: len(stack.values("rain_forecast", "observed")) > 1000, "predictions are compared")
    stack.stop_streaming()  # the rest needs the processor, not more days
    trained = models(stack)
    eventually(lambda: bool(trained.names()), "a model is trained")
    assert "decision_tree" in stack.must("./submit.sh", "models")


def models(stack: RunningStack) -> ModelFolder:
    """The models of rain. To look into their folder costs nothing, so waiting for a training does not slow it down."""
    return ModelFolder(Forecast.load(stack.variables).models, RAIN)


@pytest.mark.long
def test_a_person_may_train_too_and_choose_the_model(stack: RunningStack) -> None:
    trained = models(stack)
    eventually(lambda: (state := TrainingState.load(trained.folder)) is not None and state.state != "training",
               "automatic training is done")  # fmt: skip
    assert "Automatic training: paused, the next one starts" in stack.must("./submit.sh", "models")
    done = stack.must("./submit.sh", "train", "--candidates", "decision_tree")
    assert ("If (feature" in done and "of as_yesterday" in done) or "against" in done
    name = trained.names()[-1]
    assert f"{name} predicts rain" in stack.must("./submit.sh", "use", name)
    eventually(lambda: name in set(stack.values("rain_forecast", "model").model), "it predicts")
    assert f"{name} in use" in stack.must("./status.sh")


@pytest.mark.long
def test_a_single_job_with_its_tables_takes_the_place_of_all(stack: RunningStack) -> None:
    assert "submit the Spark application (stats)" in stack.must("./submit.sh", "--console", "stats")
    stack.must("./start-streaming.sh")
    log = stack.home / "logs" / "spark-app.log"
    eventually(lambda: "|station|start" in log.read_text(), "the table is shown")
    started = re.findall(r"event=query_started query=(\w+)", log.read_text())
    assert started[-2:] == ["stats", "unusable"] and "rain_dataset" in started[:-2]
    refused = stack.run("./submit.sh", "mood")
    assert refused.returncode == 1 and "no job is called mood" in refused.stderr
