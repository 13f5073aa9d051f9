"""Rows that Kafka refuses, loses or is away for, and rows that are set aside."""

from __future__ import annotations

import threading

import pytest

import datastream.replay.streamer
from testing.doubles import ListSink, ListSource, wait_for_end_of_replay
from tests.unit.datastream.streamer.bench import NEVER, TEN, VALUES, Bench, figures
from weather.errors import RejectedRecord

pytestmark = pytest.mark.usefixtures("quick")


def test_a_rejected_row_goes_to_the_dead_letter_topic_as_received_with_its_reason(bench: Bench) -> None:
    rejected = RejectedRecord("T='x' is not a number", b"01014002;\xff;x", "H.csv, line 7")
    sink = ListSink()
    streamer = bench.replay([TEN[0], rejected, TEN[1]], sink)
    (letter,) = (record for record in sink.confirmed if record.topic == "meteo.dlq")
    assert (letter.key, letter.value) == (None, b"01014002;\xff;x")
    assert dict(letter.headers) == {
        "reason": b"T='x' is not a number",
        "component": b"datastream",
        "origin": b"H.csv, line 7",
    }
    assert sink.values() == VALUES[:2]
    assert figures(streamer, "rows_sent", "dead_letters", "position") == [2, 1, 2]


def test_a_rejected_row_is_no_position(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource([RejectedRecord("bad", b"x"), *TEN]), sink, delta=NEVER)
    streamer.start()
    sink.wait_for(2)
    streamer.stop()
    assert bench.kept().offset == 1


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("refuse", "lose"),
    [({1}, ()), ({4, 5, 6}, ()), ((), {1}), ((), {3, 4, 9}), ({2, 3, 8}, {5, 6, 7}), ({10}, {11, 12})],
)
def test_what_is_not_delivered_is_sent_again_until_it_is(
    bench: Bench, at_once: bool, refuse: set[int], lose: set[int]
) -> None:
    sink = ListSink(at_once, refuse, lose)
    streamer = bench.replay([*TEN], sink)
    assert set(sink.values()) == set(VALUES)
    assert figures(streamer, "state", "problem", "rows_waiting") == ["finished", "", 0]
    assert streamer.status()["rows_failed"] == len({*refuse, *lose})


@pytest.mark.parametrize("at_once", [True, False])
def test_a_row_that_was_refused_goes_before_the_next_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(datastream.replay.streamer, "SAVE_EVERY", 3600.0)
    sink = ListSink(at_once, refuse={3, 4, 7})
    bench.replay([*TEN], sink)
    assert sink.values() == VALUES


def test_while_kafka_is_away_the_problem_is_told_and_the_stream_goes_on_when_it_is_back(bench: Bench) -> None:
    sink = ListSink()
    asked = threading.Semaphore(0)
    sink.on_step = lambda step: asked.release()
    sink.away = "Kafka does not answer"
    streamer = bench.streamer(ListSource(TEN), sink)
    streamer.start()
    for _ in range(3):
        assert asked.acquire(timeout=10)
    assert figures(streamer, "state", "problem", "rows_sent") == ["running", "Kafka does not answer", 0]
    sink.away = ""
    wait_for_end_of_replay()
    assert sink.values() == VALUES
    assert figures(streamer, "state", "problem") == ["finished", ""]


def test_a_stop_works_while_kafka_is_away(bench: Bench) -> None:
    sink = ListSink()
    sink.away = "Kafka does not answer"
    streamer = bench.streamer(ListSource(TEN), sink)
    streamer.start()
    assert streamer.stop()
    assert streamer.status()["state"] in ("stopped", "failed")
