from __future__ import annotations

import pytest

from datastream.kafka.rate import WINDOW, Rate
from testing.doubles import HandClock


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def run(rate: Rate, clock: HandClock, seconds: float, per_second: float) -> None:
    for _ in range(round(seconds * per_second)):
        clock.time += 1 / per_second
        rate.add()


def test_nothing_added_is_a_rate_of_zero(clock: HandClock) -> None:
    rate = Rate(clock.now)
    assert rate.per_second() == 0.0
    clock.time += 10
    assert rate.per_second() == 0.0


@pytest.mark.parametrize("per_second", [2.0, 20.0, 100.0, 4000.0])
def test_a_steady_rate_is_told_within_five_percent(clock: HandClock, per_second: float) -> None:
    rate = Rate(clock.now)
    run(rate, clock, 5.0, per_second)
    assert rate.per_second() == pytest.approx(per_second, rel=0.05)


def test_a_new_pace_shows_one_window_later_or_at_once_after_a_reset(clock: HandClock) -> None:
    rate = Rate(clock.now)
    run(rate, clock, 5.0, 20)
    run(rate, clock, WINDOW, 100)
    assert rate.per_second() == pytest.approx(100, rel=0.05)
    rate.reset()
    run(rate, clock, 0.5, 10)
    assert rate.per_second() == pytest.approx(10, rel=0.05)


def test_the_first_moments_after_a_reset_tell_no_absurd_rate(clock: HandClock) -> None:
    rate = Rate(clock.now)
    rate.add(500)
    assert rate.per_second() == 0.0
    clock.time += 0.01
    assert rate.per_second() == 0.0


def test_a_rate_falls_to_zero_when_nothing_comes_any_more(clock: HandClock) -> None:
    rate = Rate(clock.now)
    run(rate, clock, 2 * WINDOW, 100)
    clock.time += WINDOW / 2
    assert 0 < rate.per_second() < 60
    clock.time += WINDOW / 2 + 0.1
    assert rate.per_second() == 0.0
