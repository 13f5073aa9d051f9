from __future__ import annotations

import threading

import pytest

from datastream.replay.pace import MonotonicClock, Pace
from testing.doubles import PATIENCE, HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def times_of(pace: Pace, clock: HandClock, rows: int) -> list[float]:
    """When each of the next rows was released, in seconds since the clock's start."""
    released = []
    for _ in range(rows):
        assert pace.wait_for_next_row()
        released.append(clock.time - 1000.0)
    return released


def test_the_first_row_is_due_at_once_and_each_other_a_delta_later(clock: HandClock) -> None:
    assert times_of(Pace(0.5, clock), clock, 4) == pytest.approx([0, 0.5, 1.0, 1.5])


def test_waits_that_last_too_long_do_not_add_up(clock: HandClock) -> None:
    clock.elapse = lambda timeout: timeout + 0.003
    released = times_of(Pace(0.05, clock), clock, 10_000)
    assert released[-1] == pytest.approx(9_999 * 0.05 + 0.003, abs=1e-6)


def test_rows_of_a_fast_stream_are_released_together_at_the_same_rate(clock: HandClock) -> None:
    waits: list[float] = []

    def wait(timeout: float) -> float:
        waits.append(timeout)
        return timeout

    clock.elapse = wait
    released = times_of(Pace(0.001, clock), clock, 1001)
    assert released == sorted(released)
    late = [at - number / 1000 for number, at in enumerate(released)]
    assert min(late) > -1e-6 and max(late) < 0.01 + 1e-6
    assert len(waits) <= 101


def test_waits_that_end_too_early_go_on(clock: HandClock) -> None:
    clock.elapse = lambda timeout: timeout * 0.6 if timeout > 1e-6 else timeout
    assert times_of(Pace(0.5, clock), clock, 3) == pytest.approx([0, 0.5, 1.0], abs=1e-5)


def test_late_rows_are_caught_up_then_the_pace_goes_on(clock: HandClock) -> None:
    pace = Pace(0.1, clock)
    times_of(pace, clock, 1)
    clock.time += 0.95
    assert times_of(pace, clock, 12) == pytest.approx([0.95] * 9 + [1.0, 1.1, 1.2])


def test_what_is_forgiven_is_not_caught_up(clock: HandClock) -> None:
    pace = Pace(0.1, clock)
    times_of(pace, clock, 1)
    clock.time += 0.95
    pace.drop_backlog()
    assert times_of(pace, clock, 3) == pytest.approx([0.95, 1.05, 1.15])


def test_a_row_that_is_not_late_has_nothing_to_be_forgiven(clock: HandClock) -> None:
    pace = Pace(10.0, clock)
    pace.drop_backlog()
    times_of(pace, clock, 1)
    clock.time += 4
    pace.drop_backlog()
    assert times_of(pace, clock, 1) == pytest.approx([10.0])


@pytest.mark.parametrize(
    ("new", "released"),
    [(0.2, [10.2, 10.4, 10.6]), (0.05, [10.1, 10.1, 10.15]), (0.0, [10.1, 10.1, 10.1]), (30.0, [40, 70, 100])],
)
def test_a_new_delta_acts_on_the_row_that_is_waited_for(clock: HandClock, new: float, released: list[float]) -> None:
    pace = Pace(10.0, clock)
    times_of(pace, clock, 2)

    def change_after_100_ms(timeout: float) -> float:
        clock.elapse = lambda timeout: timeout
        pace.delta = new
        return 0.1

    clock.elapse = change_after_100_ms
    assert times_of(pace, clock, 3) == pytest.approx(released)
    assert pace.delta == new


def test_what_is_late_is_counted_in_the_new_delta(clock: HandClock) -> None:
    pace = Pace(0.001, clock)
    times_of(pace, clock, 1)
    clock.time += 5.0
    pace.delta = 1.0
    assert times_of(pace, clock, 7) == pytest.approx([5, 5, 5, 5, 5, 6, 7])


def test_zero_is_as_fast_as_possible(clock: HandClock) -> None:
    assert times_of(Pace(0, clock), clock, 1000) == [0.0] * 1000
    assert clock.waits == []


def test_a_pace_after_as_fast_as_possible_counts_from_the_last_row(clock: HandClock) -> None:
    pace = Pace(0, clock)
    for _ in range(100):
        times_of(pace, clock, 1)
        clock.time += 0.01
    pace.delta = 2.0
    assert times_of(pace, clock, 2) == pytest.approx([2.99, 4.99])


def test_an_interrupt_ends_the_wait_and_all_further_ones_until_a_restart(clock: HandClock) -> None:
    pace = Pace(60.0, clock)
    times_of(pace, clock, 1)

    def interrupted(timeout: float) -> float:
        pace.interrupt()
        return 0.1

    clock.elapse = interrupted
    assert not pace.wait_for_next_row()
    assert not pace.wait_for_next_row()
    assert len(clock.waits) == 1
    pace.restart()
    assert times_of(pace, clock, 1) == pytest.approx([0.1])


def test_after_a_restart_earlier_deadlines_are_forgotten(clock: HandClock) -> None:
    pace = Pace(1.0, clock)
    times_of(pace, clock, 1)
    clock.time += 100.0
    pace.restart()
    assert times_of(pace, clock, 3) == pytest.approx([100, 101, 102])


@pytest.mark.parametrize("delta", [3600.0, 1e11])
def test_a_thread_that_waits_is_woken_by_an_interrupt(delta: float) -> None:
    pace = Pace(delta, MonotonicClock())
    answers: list[bool] = []
    thread = threading.Thread(
        target=lambda: answers.extend([pace.wait_for_next_row(), pace.wait_for_next_row()]), daemon=True
    )
    thread.start()
    pace.interrupt()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert answers[-1] is False


def test_a_thread_that_waits_is_woken_by_a_new_delta() -> None:
    pace = Pace(3600.0, MonotonicClock())
    assert pace.wait_for_next_row()
    thread = threading.Thread(target=pace.wait_for_next_row, daemon=True)
    thread.start()
    pace.delta = 0.0
    thread.join(PATIENCE)
    assert not thread.is_alive()
