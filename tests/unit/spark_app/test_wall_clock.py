"""A clock that is set back is noticed; one that goes on, jumps forth or is corrected a little is not."""

from __future__ import annotations

import pytest

from spark_app.wall_clock import WallClock


class Clocks:
    """Both clocks, moved by hand."""

    def __init__(self) -> None:
        self.shown, self.steady = 1_000_000.0, 50.0

    def run(self, seconds: float) -> None:
        self.shown += seconds
        self.steady += seconds


@pytest.mark.parametrize(("jump", "noticed"), [(-86_400.0, 86_400.0), (-1.0, 0.0), (0.0, 0.0), (86_400.0, 0.0)])
def test_only_a_large_step_back_counts_and_only_once(jump: float, noticed: float) -> None:
    clocks = Clocks()
    clock = WallClock(lambda: clocks.shown, lambda: clocks.steady)
    clocks.run(10)
    assert clock.was_set_back() == 0.0
    clocks.shown += jump
    clocks.run(1)
    assert clock.was_set_back() == pytest.approx(noticed)
    clocks.run(10)
    assert clock.was_set_back() == 0.0
