"""What starts, stops, restarts and loops a stream, and what its status says then."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

import datastream.replay.streamer
from datastream.message import Message
from datastream.replay.streamer import Streamer
from testing.doubles import PATIENCE, ListSink, ListSource, message, wait_for_end_of_replay
from tests.unit.datastream.streamer.bench import NEVER, TEN, VALUES, Bench, figures
from weather.errors import RejectedRecord

pytestmark = pytest.mark.usefixtures("quick")


def test_a_replay_sends_each_message_keyed_by_its_station_and_says_that_it_is_finished(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.replay([*TEN], sink)
    assert [(r.topic, r.key, r.value) for r in sink.confirmed] == [("meteo", m.key, m.value) for m in TEN]
    assert figures(streamer, "state", "problem", "rows_sent", "observation_hour") == ["finished", "", 10, "2014010109"]


def test_after_the_last_row_the_end_of_the_stream_is_marked_and_counts_as_no_row(bench: Bench) -> None:
    source, sink = ListSource(TEN), ListSink(lose=[11])
    source.marker = Message(b"end-of-stream", "2014010109", b"{}")
    streamer = bench.streamer(source, sink)
    streamer.start()
    wait_for_end_of_replay()
    assert [record.key for record in sink.confirmed] == [*(item.key for item in TEN), b"end-of-stream"]
    assert figures(streamer, "state", "rows_sent", "position", "stations") == ["finished", 10, 10, 1]


def test_a_stream_that_is_stopped_has_not_ended(bench: Bench) -> None:
    source, sink = ListSource(TEN), ListSink()
    source.marker = Message(b"end-of-stream", "2014010109", b"{}")
    streamer = bench.streamer(source, sink, delta=NEVER)
    streamer.start()
    sink.wait_for(1)
    streamer.stop()
    assert [record.key for record in sink.confirmed] == [TEN[0].key]


def test_before_its_first_start_it_is_stopped(bench: Bench) -> None:
    streamer = bench.streamer(ListSource(TEN), ListSink(), delta=0.5, loop=True)
    assert streamer.status() == {
        "state": "stopped",
        "problem": "",
        "time_delta": 0.5,
        "rate": 0.0,
        "rows_sent": 0,
        "rows_failed": 0,
        "rows_waiting": 0,
        "rows_skipped": 0,
        "rows_rejected": 0,
        "rows_repaired": 0,
        "rows_late": 0,
        "rows_rolled_back": 0,
        "dead_letters": 0,
        "values_doubtful": 0,
        "position": 0,
        "rows_total": None,
        "observation_hour": "",
        "file": "list",
        "topic": "meteo",
        "loop": True,
        "stations": 0,
        "source": "list",
        "event_time": "",
        "keys": 0,
        "follow": 0.0,
        "live": False,
        "checked_at": None,
        "changed_at": None,
        "late_seconds": None,
    }


def test_a_second_start_while_it_runs_is_refused_and_changes_nothing(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    assert streamer.start()
    sink.wait_for(1)
    assert not streamer.start()
    assert figures(streamer, "state", "rows_sent") == ["running", 1]


def on_the_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> tuple[Streamer, ListSink]:
    """A streamer whose first row is handed over and not confirmed."""
    monkeypatch.setattr(datastream.replay.streamer, "SAVE_EVERY", 3600.0)
    sink, sent = ListSink(at_once=False), threading.Event()
    sink.on_step = lambda step: sent.set() if step == "send" else None
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    streamer.start()
    assert sent.wait(PATIENCE)
    assert sink.confirmed == []
    return streamer, sink


def test_a_stop_returns_when_the_thread_has_ended_and_its_rows_are_flushed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer, sink = on_the_way(bench, monkeypatch)
    assert streamer.stop()
    assert not any(thread.name == "replay" for thread in threading.enumerate())
    assert sink.values() == VALUES[:1]
    assert figures(streamer, "state", "rows_sent", "position") == ["stopped", 1, bench.kept().offset]


def test_a_stop_whose_rows_cannot_be_flushed_says_so_and_the_next_start_sends_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer, sink = on_the_way(bench, monkeypatch)
    sink.away = "Kafka does not answer"
    assert streamer.stop()
    assert figures(streamer, "state") == ["stopped"]
    assert "Kafka does not answer" in str(streamer.status()["problem"])
    assert (bench.kept().offset, bench.kept().running) == (0, False)
    sink.away = ""
    streamer.time_delta = 0.0
    streamer.start()
    wait_for_end_of_replay()
    assert set(sink.values()) == set(VALUES)


def test_a_stop_does_not_wait_for_a_source_that_is_still_being_read(bench: Bench) -> None:
    reading = threading.Event()

    class EndlessSource(ListSource):
        def messages(
            self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False
        ) -> Iterator[Message | RejectedRecord]:
            end = time.monotonic() + PATIENCE
            while not cancelled():
                reading.set()
                assert time.monotonic() < end
            yield from ()

    sink = ListSink()
    streamer = bench.streamer(EndlessSource([]), sink)
    streamer.start()
    assert reading.wait(10)
    assert streamer.stop()
    assert (streamer.status()["state"], sink.confirmed) == ("stopped", [])


def test_a_stop_where_nothing_runs_is_told(bench: Bench) -> None:
    streamer = bench.streamer(ListSource(TEN), ListSink())
    assert not streamer.stop()
    streamer.start()
    wait_for_end_of_replay()
    assert not streamer.stop()
    assert figures(streamer, "state") == ["finished"]


def test_a_start_after_a_stop_goes_on_with_the_next_row(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    for count in (1, 2, 3):
        assert streamer.start()
        sink.wait_for(count)
        streamer.stop()
    assert sink.values() == VALUES[:3]


def test_a_restart_begins_anew(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    for count in (1, 2):
        assert streamer.start(restart=True)
        sink.wait_for(count)
        streamer.stop()
    assert sink.values() == VALUES[:1] * 2


def test_a_restart_while_it_runs_begins_anew(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    streamer.start()
    sink.wait_for(1)
    assert streamer.start(restart=True)
    sink.wait_for(2)
    assert sink.values() == VALUES[:1] * 2
    assert figures(streamer, "state") == ["running"]


def test_a_start_after_the_end_begins_anew(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.replay([*TEN], sink)
    assert streamer.start()
    wait_for_end_of_replay()
    assert sink.values() == VALUES * 2


def test_a_loop_starts_over_at_the_end(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, loop=True)
    streamer.start()
    sink.wait_for(25)
    streamer.stop()
    assert sink.values()[:25] == VALUES * 2 + VALUES[:5]
    assert figures(streamer, "state") == ["stopped"]


def test_a_loop_that_was_stopped_goes_on_inside_the_data(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, loop=True)
    streamer.start()
    sink.wait_for(13)
    streamer.stop()
    sent = len(sink.values())
    assert bench.kept().offset in (sent % 10, 10)
    streamer.start()
    sink.wait_for(sent + 10)
    assert sink.values()[sent : sent + 10] == (VALUES * 2)[sent % 10 : sent % 10 + 10]


def test_a_new_time_delta_acts_on_the_row_that_is_waited_for(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    streamer.start()
    sink.wait_for(1)
    streamer.time_delta = 0.0
    sink.wait_for(10)
    assert streamer.status()["time_delta"] == 0.0


def test_the_latest_message_of_each_station_is_kept_by_station_number(bench: Bench) -> None:
    second, first = message(1, station="B"), message(2, station="A")
    streamer = bench.replay([message(0, station="A"), second, first], ListSink())
    assert streamer.latest() == [first.value, second.value]
    assert figures(streamer, "stations") == [2]
