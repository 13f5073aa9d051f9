"""Rows that go to several topics, and topics that are made again."""

from __future__ import annotations

from pathlib import Path

import pytest

from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from testing.doubles import ListSink, ListSource, wait_for_end_of_replay
from tests.unit.datastream.streamer.bench import NEVER, TEN, VALUES, Bench, figures
from weather.errors import SetupError

pytestmark = pytest.mark.usefixtures("quick")


def shouted(value: bytes) -> bytes:
    return value.upper()


def test_a_row_goes_to_each_topic_in_the_form_of_that_topic(tmp_path: Path, quick: None) -> None:
    sink = ListSink()
    topics = (Topic("loud", 1, shouted), Topic("quiet", 1))
    streamer = Streamer(ListSource(TEN), sink, Replay(topics, False, tmp_path / "p.json", 0.0))
    streamer.start()
    wait_for_end_of_replay()
    assert sink.values("quiet") == VALUES
    assert sink.values("loud") == [value.upper() for value in VALUES]
    assert {record.key for record in sink.confirmed} == {TEN[0].key}
    assert figures(streamer, "rows_sent", "topic") == [10, "loud, quiet"]


def test_a_row_counts_as_sent_once_every_topic_has_it(tmp_path: Path, quick: None) -> None:
    sink = ListSink(lose={2})
    streamer = Streamer(
        ListSource(TEN[:1]), sink, Replay((Topic("a", 1), Topic("b", 1)), False, tmp_path / "p.json", 0.0)
    )
    sent: list[object] = []
    sink.on_step = lambda step: sent.append(streamer.status()["rows_sent"]) if step == "confirmed" else None
    streamer.start()
    wait_for_end_of_replay()
    assert sent == [0, 1]


def test_topics_are_removed_on_request_only_and_the_stream_begins_anew_in_them(bench: Bench) -> None:
    sink = ListSink()
    steps: list[str] = []
    sink.on_step = steps.append
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    streamer.start()
    sink.wait_for(1)
    streamer.stop()
    streamer.start(restart=True)
    sink.wait_for(2)
    assert "recreate" not in steps
    assert streamer.start(recreate_topics=True)
    sink.wait_for(3)
    assert sink.values() == VALUES[:1] * 3
    assert steps.count("recreate") == 1


def test_the_position_is_given_up_before_the_topics_that_it_is_about(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    streamer.start()
    sink.wait_for(1)
    streamer.stop()
    positions: list[int] = []
    sink.on_step = lambda step: positions.append(bench.kept().offset) if step == "recreate" else None
    streamer.start(recreate_topics=True)
    sink.wait_for(2)
    assert positions == [0]


def test_topics_in_which_others_keep_a_position_are_not_removed(tmp_path: Path) -> None:
    replay = Replay((Topic("meteo", 4),), False, tmp_path / "p.json", 0.0, "Spark's checkpoint belongs to them")
    streamer = Streamer(ListSource(TEN), ListSink(), replay)
    with pytest.raises(SetupError, match="Spark's checkpoint belongs to them"):
        streamer.start(recreate_topics=True)
    assert figures(streamer, "state") == ["stopped"]
