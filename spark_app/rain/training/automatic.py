"""Automatic training: the first as soon as there are enough days, another as days are added.

Each training runs `spark_app.rain.training.train` in its own process with a low priority. Its result is in a file
beside the models (for ./status.sh), in the store (for the dashboard) and in the log. If it fails, the model in use
stays, and another training follows after the pause.
"""

from __future__ import annotations

import atexit
import logging
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from spark_app.context import Context
from spark_app.rain.dataset_coverage import Coverage
from spark_app.rain.training.datasets import MIN_ROWS
from spark_app.rain.training.state import StateKeeper, store_writers
from weather.logs import facts
from weather.settings.forecast import Forecast, Training
from weather.trained_models import RAIN, ModelFolder, TrainingState, pinned

log = logging.getLogger(__name__)

LOW_PRIORITY = ("nice", "-n", "10")
"""A tenth of the processor time of a normal process beside it. With the lowest priority a training would hardly
progress on a busy machine."""
NOT_HANDED_ON = ("PYSPARK_GATEWAY", "SPARK_ENV_LOADED", "SPARK_CONF_DIR", "PYSPARK_SUBMIT_ARGS")
"""Prefixes of the variables by which a Spark process finds the driver that started it."""


class Run(Protocol):
    """A started training: `subprocess.Popen`."""

    def poll(self) -> int | None: ...

    def terminate(self) -> None: ...


class AutomaticTraining:
    """Starts a training when one is due. `look` checks this."""

    def __init__(
        self,
        rules: Training,
        options: Forecast,
        start: Callable[[], Run],
        keeper: StateKeeper,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rules, self._start, self._keeper, self._now = rules, start, keeper, now
        self._models = ModelFolder(options.models, RAIN)
        self._log = options.models / "training.log"
        self._coverage = Coverage(options.dataset)
        self._learned = max((int(model.metrics.get("dates", 0)) for model in self._models.trained()), default=0)
        self._run: Run | None = None
        self._started_at: float | None = None
        self._problem = ""

    def look(self) -> None:
        """Handle a training that has ended, start one that is due, and save the state if it changed."""
        if self._run is not None and (status := self._run.poll()) is not None:
            self._ended(status)
        self._coverage.update()
        if self._run is None and self._is_due():
            self._begin()
        self._keeper.keep(self._state(), self._models)

    def _begin(self) -> None:
        self._learned, self._started_at = self._coverage.days, self._now()
        try:
            self._run = self._start()
        except OSError as error:
            self._failed(f"cannot start the process: {error}")
        else:
            log.info(facts("training_started", days=self._coverage.days, log=self._log))

    def close(self) -> None:
        """End a running training. Nothing of it is kept."""
        if self._run is not None:
            self._run.terminate()
            self._run = None

    def _is_due(self) -> bool:
        if not self._rules.automatic or self._coverage.days < self._rules.min_days or self._coverage.rows < MIN_ROWS:
            return False
        return not self._pauses() and (bool(self._problem) or self._coverage.days >= self._next_at())

    def _pauses(self) -> bool:
        """Whether the last training began too recently for another one."""
        return self._started_at is not None and self._now() - self._started_at < self._rules.pause_seconds

    def _next_at(self) -> int:
        """The number of days at which the next training is due."""
        return max(self._rules.min_days, self._learned + self._rules.every_days if self._learned else 0)

    def _ended(self, status: int) -> None:
        self._run = None
        if status != 0:
            self._failed(last_line(self._log) or f"exit status {status}")
            return
        self._problem = ""
        log.info(facts("training_ended", model=self._models.current_name(), pinned=pinned(self._models.folder)))

    def _failed(self, problem: str) -> None:
        self._problem = problem
        log.error(facts("training_failed", problem=problem, log=self._log))

    def _state(self) -> TrainingState:
        needed = self._next_at()
        if not self._rules.automatic:
            words = "off (TRAIN_AUTOMATICALLY=0): ./submit.sh train starts a training"
        elif self._run is not None:
            words = "training"
        elif self._problem:
            words = "failed, will be retried"
        elif self._pauses() and self._coverage.days >= needed:
            words = f"paused, the next one starts {self._rules.pause_seconds} s after the last one started"
        else:
            words = f"waiting for {needed} days"
        return TrainingState(words, self._coverage.days, needed, self._models.current_name(), self._problem)


def start(context: Context, options: Forecast) -> None:
    """Let the application check the dataset regularly. A running training ends with the application."""
    rules = Training.load(context.variables)
    asked = ["--automatic", "--candidates", ",".join(rules.candidates)]
    command = [*LOW_PRIORITY, sys.executable, "-m", "spark_app.rain.training.train", *asked]
    environment = {
        name: value for name, value in context.variables.all().items() if not name.startswith(NOT_HANDED_ON)
    } | {"PYSPARK_PYTHON": sys.executable, "RAIN_DATASET_DIR": str(options.dataset), "MODELS_DIR": str(options.models)}
    keeper = StateKeeper(options.models, *store_writers(context.influxdb))
    training = AutomaticTraining(rules, options, lambda: run(command, environment, options.models), keeper)
    atexit.register(training.close)
    context.regularly.append(training.look)


def run(command: Sequence[str], environment: dict[str, str], models: Path) -> Run:
    """Start a training. Its output goes to `training.log` beside the models.

    Its working directory is `models`, because this code may be in an archive (`--py-files`); PYTHONPATH names that.
    """
    models.mkdir(parents=True, exist_ok=True)
    with (models / "training.log").open("wb") as output:
        return subprocess.Popen(
            command, env=environment, cwd=models, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )


def last_line(file: Path) -> str:
    """The last non-empty line of a log; "" if there is none."""
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
