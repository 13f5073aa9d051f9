"""Landmarks: how far a streamer goes back if Kafka has lost the end of a topic."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datastream.replay.landmarks import Ends, Landmark, Landmarks


def after(count: int) -> Landmarks:
    """One landmark for each of `count` rows, which go to two partitions in turn."""
    made = Landmarks()
    for row in range(1, count + 1):
        made.set(row, ends(row))
    return made


def ends(row: int) -> Ends:
    return {"meteo": {0: (row + 1) // 2, 1: row // 2}}


@settings(deadline=None)
@given(st.integers(1, 2000), st.integers(0, 2000))
def test_no_row_is_left_out_and_at_most_three_times_the_lost_ones_are_sent_again(count: int, lost: int) -> None:
    held = max(0, count - lost)
    found = after(count).offset_within(ends(held)) or 0
    assert found <= held
    assert count - found <= 3 * (count - held)


@settings(deadline=None)
@given(st.integers(1, 100_000))
def test_few_are_kept_and_the_last_is_among_them(count: int) -> None:
    made = Landmarks.of([Landmark(number, number, ends(number)) for number in range(max(1, count - 300), count + 1)])
    assert made.all()[0].offset == count
    assert len(made.slots) <= 18


def test_they_are_written_and_read() -> None:
    made = after(100)
    assert Landmarks.of(Landmark.from_json(each.to_json()) for each in made.all()) == made


@pytest.mark.parametrize("present", [{"meteo": {}}, {"meteo": {0: 50}}, {"meteo": {0: 0, 1: 50}}])
def test_a_topic_or_a_partition_that_is_gone_holds_nothing(present: Ends) -> None:
    assert after(100).offset_within(present) is None


def test_topics_that_the_stream_has_left_do_not_matter() -> None:
    assert after(100).offset_within({"another": {0: 0}}) == 100


def test_a_landmark_is_set_only_if_something_was_confirmed() -> None:
    made = after(5)
    made.set(5, ends(5))
    assert made.all()[0].number == 5
