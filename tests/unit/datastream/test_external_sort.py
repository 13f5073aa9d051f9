from __future__ import annotations

import random
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest

from datastream.message import Message
from datastream.sources.external_sort import TimeOrdered, TimeSorter


def sort(messages: Iterable[Message], in_memory: int = 50_000) -> TimeOrdered:
    """Sort messages, holding at most `in_memory` of them at once."""
    sorter = TimeSorter(in_memory)
    try:
        for message in messages:
            sorter.add(message)
        return sorter.finish()
    finally:
        sorter.close()


def ordered(messages: list[Message], in_memory: int, skip: int = 0) -> list[Message]:
    copy = sort(messages, in_memory)
    try:
        return list(copy.messages(skip))
    finally:
        copy.close()


def shuffled(hours: int, stations: int) -> list[Message]:
    messages = [
        Message(str(s).encode(), f"20140101{h:02}", f"{h}/{s}".encode()) for h in range(hours) for s in range(stations)
    ]
    random.Random(3).shuffle(messages)
    return messages


@pytest.mark.parametrize("in_memory", [1, 3, 7, 1000])
def test_messages_come_by_hour_then_by_station_however_few_fit_into_memory(in_memory: int) -> None:
    messages = shuffled(hours=7, stations=5)
    assert ordered(messages, in_memory) == sorted(messages, key=lambda m: (m.event_time, m.key))


@pytest.mark.parametrize("in_memory", [1, 3, 1000])
def test_messages_of_one_hour_and_station_keep_their_order(in_memory: int) -> None:
    messages = [
        Message(b"1", f"2014010{day}00", bytes(reversed(f"{n:02}".encode()))) for n in range(20) for day in (2, 1)
    ]
    assert ordered(messages, in_memory) == messages[1::2] + messages[0::2]


@pytest.mark.parametrize("skip", [0, 1, 4, 10, 11])
def test_a_replay_may_begin_at_any_message(skip: int) -> None:
    messages = shuffled(hours=5, stations=2)
    assert ordered(messages, 3, skip) == ordered(messages, 3)[skip:]


def test_a_sorted_copy_can_be_read_again_also_after_a_reading_that_was_given_up() -> None:
    copy = sort(shuffled(hours=4, stations=2), in_memory=3)
    whole = list(copy.messages())
    given_up = copy.messages()
    next(given_up)
    assert list(copy.messages()) == whole
    assert copy.count == len(whole) == 8
    copy.close()


@pytest.mark.parametrize("value", [b"", b"a\tb", b'{"T":1.5}', "é".encode(), b"\r"])
def test_a_value_comes_back_as_it_was(value: bytes) -> None:
    assert ordered([Message(b"1", "2014010100", value)], 3) == [Message(b"1", "2014010100", value)]


def test_nothing_sorted_is_nothing() -> None:
    assert ordered([], 3) == []


def test_far_more_messages_than_fit_into_memory_are_sorted() -> None:
    count, size, in_memory = 6_000, 1_000, 300

    def messages() -> Iterator[Message]:
        for number in range(count, 0, -1):
            yield Message(b"1", f"{number:010}", b"x" * size)

    tracemalloc.start()
    copy = sort(messages(), in_memory)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert copy.count == count
    assert peak < count * size / 4
    copy.close()


def test_an_error_of_the_source_is_handed_on() -> None:
    def broken() -> Iterator[Message]:
        yield from shuffled(hours=2, stations=2)
        raise ValueError("broken off")

    with pytest.raises(ValueError, match="broken off"):
        sort(broken(), in_memory=3)
