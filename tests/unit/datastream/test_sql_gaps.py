"""The gaps between the ids of a table: what is stored, found, and given up."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from datastream.sources.sql import gaps as gaps_module
from datastream.sources.sql.gaps import Gaps
from weather.errors import SetupError

PATIENCE = 60.0


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gaps(tmp_path: Path, clock: Clock) -> Gaps:
    return Gaps(tmp_path / "gaps.json", PATIENCE, clock)


def again(tmp_path: Path, clock: Clock, newest: int) -> Gaps:
    """The gaps after a restart of the streamer, which has sent all rows up to `newest`."""
    found = Gaps(tmp_path / "gaps.json", PATIENCE, clock)
    found.load(newest)
    return found


def test_ids_without_gaps_write_no_file(gaps: Gaps, tmp_path: Path) -> None:
    gaps.note(0, [1, 2, 3])
    gaps.save()
    assert gaps.ranges() == [] and not list(tmp_path.iterdir())


def test_a_gap_is_stored_before_the_rows_behind_it_are_sent(gaps: Gaps, tmp_path: Path, clock: Clock) -> None:
    gaps.note(10, [11, 14, 15, 17])
    assert gaps.ranges() == [(12, 13), (16, 16)]
    assert again(tmp_path, clock, 17).ranges() == [(12, 13), (16, 16)]


def test_a_filled_gap_stays_stored_until_its_row_is_confirmed(gaps: Gaps, tmp_path: Path, clock: Clock) -> None:
    gaps.note(0, [5])
    gaps.fill(3)
    assert gaps.ranges() == [(1, 2), (4, 4)]
    assert again(tmp_path, clock, 5).ranges() == [(1, 4)]
    gaps.save()
    assert again(tmp_path, clock, 5).ranges() == [(1, 2), (4, 4)]


@pytest.mark.parametrize(("position", "known"), [(9, [(1, 2), (4, 8)]), (6, [(1, 2), (4, 5)]), (3, [(1, 2)]), (0, [])])
def test_after_a_kill_the_rows_above_the_position_are_read_again_and_their_gaps_found_again(
    gaps: Gaps, tmp_path: Path, clock: Clock, position: int, known: list[tuple[int, int]]
) -> None:
    gaps.note(0, [3, 9])
    found = again(tmp_path, clock, position)
    assert found.ranges() == known
    found.note(position, [number for number in (3, 9) if number > position])
    assert {n for first, last in found.ranges() for n in range(first, last + 1)} >= {1, 2, 7, 8}


def test_gaps_of_rows_that_are_sent_again_from_the_first_one_are_forgotten_for_good(
    gaps: Gaps, tmp_path: Path, clock: Clock
) -> None:
    gaps.note(0, [40, 50])
    assert again(tmp_path, clock, 0).ranges() == []
    assert again(tmp_path, clock, 50).ranges() == []


def test_a_gap_is_closed_only_after_a_search_past_its_time(gaps: Gaps, clock: Clock) -> None:
    gaps.note(1, [3])
    clock.time += PATIENCE - 1
    gaps.note(3, [6])
    assert gaps.close_old(clock.time) == 0
    clock.time += 2
    assert gaps.close_old(clock.time) == 1
    assert gaps.ranges() == [(4, 5)]


def test_ids_below_the_first_row_are_searched_but_do_not_count_as_rolled_back(gaps: Gaps, clock: Clock) -> None:
    gaps.note(0, [5_000_000])
    assert gaps.ranges() == [(1, 4_999_999)]
    clock.time += PATIENCE + 1
    assert gaps.close_old(clock.time) == 0
    assert gaps.ranges() == []


def test_a_clock_that_was_set_back_by_a_day_delays_the_closing_by_the_patience_only(
    gaps: Gaps, tmp_path: Path, clock: Clock
) -> None:
    gaps.note(1, [3])
    clock.time -= 86_400
    found = again(tmp_path, clock, 3)
    clock.time += PATIENCE + 1
    assert found.close_old(clock.time) == 1


def test_memory_is_bounded_the_oldest_gaps_are_given_up(
    gaps: Gaps, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gaps_module, "MOST", 3)
    assert gaps.note(0, [2, 4]) == 0
    clock.time += 1
    assert gaps.note(4, [7, 9]) == 1
    assert gaps.ranges() == [(3, 3), (5, 6), (8, 8)]


def test_a_damaged_file_is_an_error_that_says_what_to_do(tmp_path: Path, clock: Clock) -> None:
    for content in ("", "[[1, 2", "[[1, 2]]", '{"first": 1}', "[[1, 2, null]]"):
        (tmp_path / "gaps.json").write_text(content)
        with pytest.raises(SetupError, match=r"gaps\.json is damaged .* --restart"):
            again(tmp_path, clock, 5)


def test_whatever_the_order_of_the_commits_the_open_gaps_are_the_missing_ids(gaps: Gaps) -> None:
    chance = random.Random(22)
    for _ in range(50):
        ids = list(range(1, 60))
        visible = sorted(chance.sample(ids, 30))
        made = Gaps(Path("/nonexistent"), PATIENCE)
        made.save = lambda: None  # type: ignore[method-assign]
        made.note(0, visible)
        late = chance.sample(sorted(set(range(1, visible[-1])) - set(visible)), 5)
        for number in late:
            made.fill(number)
        missing = set(range(1, visible[-1])) - set(visible) - set(late)
        assert {n for first, last in made.ranges() for n in range(first, last + 1)} == missing
        with pytest.raises(ValueError, match="is in no gap"):
            made.fill(late[0])
