"""Commands at the wrong moment: two at once, a removal during a set-up, Ctrl-C in each step."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from testing.environment import eventually
from testing.running_stack import RunningStack

pytestmark = pytest.mark.long

STEPS = (
    "check this machine",
    "install what is missing",
    "start Kafka",
    "set up InfluxDB",
    "submit",
    "wait for the first",
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    made = RunningStack(tmp_path_factory.mktemp("commands"))
    made.environment |= {"STREAMING_TIME_DELTA": "0.01", "TRAIN_AUTOMATICALLY": "0"}
    yield made
    made.run("./clean.sh", "--yes")
    for process in made.processes():
        process.kill()


class SetUp:
    """`./build_setup.sh` in the background."""

    def __init__(self, stack: RunningStack) -> None:
        self._log = stack.folder / "set-up.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                ["./build_setup.sh", "--native"], cwd=stack.folder, env={**os.environ, **stack.environment},
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip

    def said(self) -> str:
        return self._log.read_text()

    def reaches(self, step: str) -> bool:
        """Wait for a step. Return False if the set-up has ended before it."""
        eventually(lambda: f"… {step}" in self.said() or self.process.poll() is not None, f"the step: {step}")
        return f"… {step}" in self.said()

    def interrupt(self) -> int:
        """Ctrl-C, as a terminal sends it: to the whole group. Return the exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait()


@pytest.mark.parametrize("step", STEPS)
def test_ctrl_c_in_a_step_leaves_what_the_next_set_up_completes(stack: RunningStack, step: str) -> None:
    stack.must("./clean.sh", "--yes")
    begun = SetUp(stack)
    assert begun.reaches(step)
    assert begun.interrupt() != 0
    assert "interrupted" in begun.said() and "Traceback" not in begun.said()
    stack.must("./build_setup.sh", "--native")
    assert stack.run("./status.sh").returncode == 0


def test_a_second_set_up_and_a_removal_are_refused_while_the_first_works(stack: RunningStack) -> None:
    stack.must("./clean.sh", "--yes")
    first = SetUp(stack)
    assert first.reaches("start Kafka")
    for command in (
        ("./build_setup.sh", "--native"),
        ("./clean.sh", "--yes"),
        ("./backup.sh", "b.tar"),
        ("./submit.sh",),
    ):
        refused = stack.run(*command)
        assert refused.returncode == 1, (command, refused.stdout)
        assert "another command changes the stack in" in refused.stderr and "stack.up" in refused.stderr, command
    assert first.process.wait() == 0, first.said()
    assert stack.run("./status.sh").returncode == 0


def test_two_submits_at_once_leave_one_application(stack: RunningStack) -> None:
    environment = {**os.environ, **stack.environment}
    both = [
        subprocess.Popen(["./submit.sh", "meteo"], cwd=stack.folder, env=environment, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    errors = [process.communicate()[1] for process in both]
    for process, error in zip(both, errors, strict=True):
        assert process.returncode == 0 or "another command changes the stack in" in error
    eventually(lambda: len(stack.processes("spark_app.launch")) == 1, "one application runs")
    eventually(lambda: stack.run("./status.sh").returncode == 0, "it is healthy")


def test_a_second_streamer_ends_with_a_sentence(stack: RunningStack) -> None:
    command = ["bash", "-c", 'set -a && . ./settings.sh && exec "$@"', "bash", sys.executable, "-m", "datastream"]
    environment = {**os.environ, **stack.environment}
    second = subprocess.run(command, cwd=stack.folder, env=environment, capture_output=True, text=True, timeout=120)
    said = second.stdout + second.stderr
    assert second.returncode != 0 and "Traceback" not in said, said
    assert "in use" in said or "taken" in said, said
    before = int(stack.status()["rows_sent"])
    eventually(lambda: int(stack.status()["rows_sent"]) > before, "the first goes on")
