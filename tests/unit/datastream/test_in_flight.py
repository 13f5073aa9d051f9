"""Records between their hand-over and Kafka's answer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from datastream.kafka import in_flight
from datastream.kafka.in_flight import InFlight
from datastream.message import Record


class Place(NamedTuple):
    """Where a record was stored."""

    partition: int
    offset: int


@dataclass
class Answer:
    """What the client gives for a record, answered by hand."""

    is_done: bool = False
    exception: Exception | None = None
    value: Any = None

    def comes(self, exception: Exception | None = None) -> None:
        self.is_done, self.exception = True, exception


class Hand:
    """Hands records over and counts what is confirmed, by topic."""

    def __init__(self) -> None:
        self.in_flight = InFlight()
        self.confirmed: Counter[str] = Counter()
        self.answers: list[Answer] = []
        self.in_flight.on_confirmed = lambda topic, count: self.confirmed.update({topic: count})

    def over(self, value: bytes, topic: str = "meteo") -> Answer:
        answer = Answer(value=Place(0, len(self.answers)))
        self.answers.append(answer)
        self.in_flight.add(Record(topic, b"k", value), answer)
        return answer


def test_answers_are_taken_when_asked_for_and_when_the_next_record_follows() -> None:
    hand = Hand()
    first, second = hand.over(b"1"), hand.over(b"2", "other")
    first.comes()
    second.comes()
    assert (hand.in_flight.unconfirmed, hand.confirmed) == (2, {})
    hand.in_flight.collect()
    assert (hand.in_flight.unconfirmed, hand.confirmed) == (0, {"meteo": 1, "other": 1})
    hand.over(b"3").comes()
    hand.over(b"4")
    assert (hand.in_flight.unconfirmed, hand.confirmed["meteo"]) == (1, 2)


def test_the_ends_of_the_topics_are_those_of_the_confirmed_rows() -> None:
    hand = Hand()
    hand.over(b"1").comes()
    hand.over(b"2").comes(OSError())
    hand.in_flight.collect()
    assert hand.in_flight.ends == {"meteo": {0: 1}}
    hand.in_flight.forget()
    assert hand.in_flight.ends == {}


def test_an_older_record_without_an_answer_holds_back_the_younger_ones() -> None:
    hand = Hand()
    first, second = hand.over(b"1"), hand.over(b"2")
    second.comes()
    hand.in_flight.collect()
    assert (hand.in_flight.unconfirmed, hand.confirmed) == (2, {})
    first.comes()
    hand.in_flight.collect()
    assert (hand.in_flight.unconfirmed, hand.confirmed["meteo"]) == (0, 2)


def test_a_record_that_was_not_confirmed_comes_back_once_and_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    hand = Hand()
    for value in (b"1", b"2"):
        hand.over(value).comes(TimeoutError("away"))
    hand.in_flight.collect()
    assert (hand.in_flight.unconfirmed, hand.in_flight.undelivered, hand.in_flight.failures) == (0, 2, 2)
    assert hand.in_flight.last_failure == "TimeoutError('away')"
    logged = [record for record in caplog.records if record.name == in_flight.__name__]
    assert len(logged) == 1, "the streamer logs an error once"
    assert [hand.in_flight.next_undelivered()[1].value for _ in range(2)] == [b"1", b"2"]
    assert (hand.in_flight.undelivered, hand.confirmed) == (0, {})


def test_whichever_comes_back_first_the_oldest_is_sent_again_first() -> None:
    hand = Hand()
    first, second = hand.over(b"1"), hand.over(b"2")
    hand.in_flight.came_back(Record("meteo", b"k", b"3"), TimeoutError("full"))
    second.comes(TimeoutError("away"))
    first.comes(TimeoutError("away"))
    hand.in_flight.collect()
    again = [hand.in_flight.next_undelivered() for _ in range(2)]
    assert [record.value for _, record in again] == [b"1", b"2"]
    hand.in_flight.came_back(again[1][1], TimeoutError("away"), again[1][0])
    hand.in_flight.add(again[0][1], answer := Answer(), again[0][0])
    answer.comes(TimeoutError("away"))
    hand.in_flight.collect()
    assert [hand.in_flight.next_undelivered()[1].value for _ in range(3)] == [b"1", b"2", b"3"]
