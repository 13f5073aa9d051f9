"""A query that fails is started again, with growing pauses; meanwhile its problem is known."""

from __future__ import annotations

from typing import Any

import pytest

from spark_app.running import FIRST_PAUSE, LONGEST_PAUSE, STEADY_AFTER, Running
from weather.errors import SetupError


class Active:
    """What a started query says of itself."""

    def __init__(self) -> None:
        self.isActive = True
        self.lastProgress: Any = None
        self.error: Exception | None = None

    def exception(self) -> Exception | None:
        return self.error

    def fail(self, words: str) -> None:
        self.isActive, self.error = False, ValueError(words)


class Listed:
    """A query whose starts are counted. While `refusal` is set, it cannot be started."""

    name = "listed"

    def __init__(self) -> None:
        self.starts: list[Active] = []
        self.refusal = ""

    def start(self) -> Any:
        if self.refusal:
            raise SetupError(self.refusal)
        self.starts.append(Active())
        return self.starts[-1]


class Bench:
    def __init__(self) -> None:
        self.time = 0.0
        self.query = Listed()
        self.running = Running(self.query, lambda error: f"explained: {error}", lambda: self.time)

    def wait(self, seconds: float) -> None:
        self.time += seconds
        self.running.look()


@pytest.fixture
def bench() -> Bench:
    made = Bench()
    made.running.start()
    return made


def test_while_it_runs_it_is_left_alone(bench: Bench) -> None:
    bench.wait(1000)
    assert len(bench.query.starts) == 1 and bench.running.problem == ""


def test_a_failure_is_told_and_it_is_started_again_after_a_pause(bench: Bench) -> None:
    bench.query.starts[0].fail("no token")
    bench.running.look()
    assert bench.running.problem == "explained: no token"
    bench.wait(FIRST_PAUSE / 2)
    assert len(bench.query.starts) == 1
    bench.wait(FIRST_PAUSE)
    assert len(bench.query.starts) == 2 and bench.running.problem


def test_the_problem_is_over_with_the_first_batch_or_after_a_while(bench: Bench) -> None:
    for end in ("a batch", "a while"):
        bench.query.starts[-1].fail("no token")
        bench.running.look()
        bench.wait(FIRST_PAUSE)
        assert bench.running.problem
        if end == "a batch":
            bench.query.starts[-1].lastProgress = {"batchId": 1}
            bench.wait(0)
        else:
            bench.wait(STEADY_AFTER + 1)
        assert bench.running.problem == ""


def test_the_pauses_grow_to_a_minute(bench: Bench) -> None:
    pauses = []
    for _ in range(10):
        bench.query.starts[-1].fail("broken")
        bench.running.look()
        before, failed_at = len(bench.query.starts), bench.time
        while len(bench.query.starts) == before:
            bench.wait(0.5)
        pauses.append(bench.time - failed_at)
    assert pauses[:4] == [1, 2, 4, 8] and pauses[-1] == LONGEST_PAUSE


def test_a_query_that_cannot_be_started_is_tried_again(bench: Bench) -> None:
    bench.query.starts[-1].fail("broken")
    bench.query.refusal = "no micro-batch is whole"
    bench.running.look()
    bench.wait(FIRST_PAUSE)
    assert bench.running.problem == "explained: no micro-batch is whole" and bench.running.active is None
    bench.query.refusal = ""
    bench.wait(LONGEST_PAUSE)
    assert len(bench.query.starts) == 2
