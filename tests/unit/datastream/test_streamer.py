from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import datastream.kafka.delivery
import datastream.replay.streamer
from datastream.message import Item, Message, Pause, Topic
from datastream.replay import position
from datastream.replay.pace import Pace
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources.meteofrance.source import MeteoFrance
from testing.doubles import PATIENCE, HandClock, ListOutlet, ListSource, message, wait_for_end_of_replay
from weather.errors import RejectedRecord, SetupError, SourceError

TEN = [message(number) for number in range(10)]
VALUES = [item.value for item in TEN]
NEVER = 3600.0
"""A time delta that only the first row of a test survives."""

pytestmark = pytest.mark.usefixtures("quick")


class Bench:
    """Makes streamers that share one position file, as processes of one machine do, and stops them at the end."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "data" / "position.json"
        self.streamers: list[Streamer] = []

    def streamer(self, source: ListSource, outlet: ListOutlet, delta: float = 0.0, loop: bool = False) -> Streamer:
        streamer = Streamer(source, outlet, Replay((Topic("meteo", 4),), loop, self.file, delta))
        self.streamers.append(streamer)
        return streamer

    def replay(self, items: list[Message | RejectedRecord], outlet: ListOutlet) -> Streamer:
        """A streamer that has replayed these items to their end."""
        streamer = self.streamer(ListSource(items), outlet)
        assert streamer.start()
        wait_for_end_of_replay()
        return streamer

    def kept(self) -> position.Position:
        kept = position.load(self.file)
        assert kept is not None
        return kept


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    for streamer in bench.streamers:
        streamer.stop()


def figures(streamer: Streamer, *names: str) -> list[Any]:
    status = streamer.status()
    return [status[name] for name in names]


def test_a_replay_sends_each_message_keyed_by_its_station_and_says_that_it_is_finished(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.replay([*TEN], outlet)
    assert [(r.topic, r.key, r.value) for r in outlet.confirmed] == [("meteo", m.key, m.value) for m in TEN]
    assert figures(streamer, "state", "problem", "rows_sent", "observation_hour") == ["finished", "", 10, "2014010109"]


def test_after_the_last_row_the_end_of_the_stream_is_marked_and_counts_as_no_row(bench: Bench) -> None:
    source, outlet = ListSource(TEN), ListOutlet(lose=[11])
    source.marker = Message(b"end-of-stream", "2014010109", b"{}")
    streamer = bench.streamer(source, outlet)
    streamer.start()
    wait_for_end_of_replay()
    assert [record.key for record in outlet.confirmed] == [*(item.key for item in TEN), b"end-of-stream"]
    assert figures(streamer, "state", "rows_sent", "position", "stations") == ["finished", 10, 10, 1]


def test_a_stream_that_is_stopped_has_not_ended(bench: Bench) -> None:
    source, outlet = ListSource(TEN), ListOutlet()
    source.marker = Message(b"end-of-stream", "2014010109", b"{}")
    streamer = bench.streamer(source, outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.stop()
    assert [record.key for record in outlet.confirmed] == [TEN[0].key]


def test_a_finished_replay_stands_at_its_end_and_begins_anew_in_the_next_process(bench: Bench) -> None:
    assert figures(bench.replay([*TEN], ListOutlet()), "position") == [10]
    assert (bench.kept().rows, bench.kept().running) == (0, False)


def test_before_its_first_start_it_is_stopped(bench: Bench) -> None:
    streamer = bench.streamer(ListSource(TEN), ListOutlet(), delta=0.5, loop=True)
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
        "dead_letters": 0,
        "values_doubtful": 0,
        "position": 0,
        "rows_total": None,
        "observation_hour": "",
        "file": "list",
        "topic": "meteo",
        "loop": True,
        "stations": 0,
    }


def test_a_second_start_while_it_runs_is_refused_and_changes_nothing(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    assert streamer.start()
    outlet.wait_for(1)
    assert not streamer.start()
    assert figures(streamer, "state", "rows_sent") == ["running", 1]


def on_the_way(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> tuple[Streamer, ListOutlet]:
    """A streamer whose first row is handed over and not confirmed."""
    monkeypatch.setattr(datastream.replay.streamer, "SAVE_EVERY", 3600.0)
    outlet, sent = ListOutlet(at_once=False), threading.Event()
    outlet.on_step = lambda step: sent.set() if step == "send" else None
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    streamer.start()
    assert sent.wait(PATIENCE)
    assert outlet.confirmed == []
    return streamer, outlet


def test_a_stop_returns_when_the_thread_has_ended_and_its_rows_are_flushed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer, outlet = on_the_way(bench, monkeypatch)
    assert streamer.stop()
    assert not any(thread.name == "replay" for thread in threading.enumerate())
    assert outlet.values() == VALUES[:1]
    assert figures(streamer, "state", "rows_sent", "position") == ["stopped", 1, bench.kept().rows]


def test_a_stop_whose_rows_cannot_be_flushed_says_so_and_the_next_start_sends_them(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    streamer, outlet = on_the_way(bench, monkeypatch)
    outlet.away = "Kafka does not answer"
    assert streamer.stop()
    assert figures(streamer, "state") == ["stopped"]
    assert "Kafka does not answer" in str(streamer.status()["problem"])
    assert (bench.kept().rows, bench.kept().running) == (0, False)
    outlet.away = ""
    streamer.time_delta = 0.0
    streamer.start()
    wait_for_end_of_replay()
    assert set(outlet.values()) == set(VALUES)


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

    outlet = ListOutlet()
    streamer = bench.streamer(EndlessSource([]), outlet)
    streamer.start()
    assert reading.wait(10)
    assert streamer.stop()
    assert (streamer.status()["state"], outlet.confirmed) == ("stopped", [])


def test_a_stop_where_nothing_runs_is_told(bench: Bench) -> None:
    streamer = bench.streamer(ListSource(TEN), ListOutlet())
    assert not streamer.stop()
    streamer.start()
    wait_for_end_of_replay()
    assert not streamer.stop()
    assert figures(streamer, "state") == ["finished"]


def test_a_start_after_a_stop_goes_on_with_the_next_row(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    for count in (1, 2, 3):
        assert streamer.start()
        outlet.wait_for(count)
        streamer.stop()
    assert outlet.values() == VALUES[:3]


def test_a_restart_begins_anew(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    for count in (1, 2):
        assert streamer.start(restart=True)
        outlet.wait_for(count)
        streamer.stop()
    assert outlet.values() == VALUES[:1] * 2


def test_a_restart_while_it_runs_begins_anew(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    assert streamer.start(restart=True)
    outlet.wait_for(2)
    assert outlet.values() == VALUES[:1] * 2
    assert figures(streamer, "state") == ["running"]


def test_a_start_after_the_end_begins_anew(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.replay([*TEN], outlet)
    assert streamer.start()
    wait_for_end_of_replay()
    assert outlet.values() == VALUES * 2


def test_a_loop_starts_over_at_the_end(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, loop=True)
    streamer.start()
    outlet.wait_for(25)
    streamer.stop()
    assert outlet.values()[:25] == VALUES * 2 + VALUES[:5]
    assert figures(streamer, "state") == ["stopped"]


def test_a_loop_that_was_stopped_goes_on_inside_the_data(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, loop=True)
    streamer.start()
    outlet.wait_for(13)
    streamer.stop()
    sent = len(outlet.values())
    assert bench.kept().rows in (sent % 10, 10)
    streamer.start()
    outlet.wait_for(sent + 10)
    assert outlet.values()[sent : sent + 10] == (VALUES * 2)[sent % 10 : sent % 10 + 10]


def test_a_new_time_delta_acts_on_the_row_that_is_waited_for(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.time_delta = 0.0
    outlet.wait_for(10)
    assert streamer.status()["time_delta"] == 0.0


def test_the_latest_message_of_each_station_is_kept_by_station_number(bench: Bench) -> None:
    second, first = message(1, station="B"), message(2, station="A")
    streamer = bench.replay([message(0, station="A"), second, first], ListOutlet())
    assert streamer.latest() == [first.value, second.value]
    assert figures(streamer, "stations") == [2]


def test_a_rejected_row_goes_to_the_dead_letter_topic_as_received_with_its_reason(bench: Bench) -> None:
    rejected = RejectedRecord("T='x' is not a number", b"01014002;\xff;x", "H.csv, line 7")
    outlet = ListOutlet()
    streamer = bench.replay([TEN[0], rejected, TEN[1]], outlet)
    (letter,) = (record for record in outlet.confirmed if record.topic == "meteo.dlq")
    assert (letter.key, letter.value) == (None, b"01014002;\xff;x")
    assert dict(letter.headers) == {
        "reason": b"T='x' is not a number",
        "component": b"datastream",
        "origin": b"H.csv, line 7",
    }
    assert outlet.values() == VALUES[:2]
    assert figures(streamer, "rows_sent", "dead_letters", "position") == [2, 1, 2]


def test_a_rejected_row_is_no_position(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource([RejectedRecord("bad", b"x"), *TEN]), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(2)
    streamer.stop()
    assert bench.kept().rows == 1


@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize(
    ("refuse", "lose"),
    [({1}, ()), ({4, 5, 6}, ()), ((), {1}), ((), {3, 4, 9}), ({2, 3, 8}, {5, 6, 7}), ({10}, {11, 12})],
)
def test_what_is_not_delivered_is_sent_again_until_it_is(
    bench: Bench, at_once: bool, refuse: set[int], lose: set[int]
) -> None:
    outlet = ListOutlet(at_once, refuse, lose)
    streamer = bench.replay([*TEN], outlet)
    assert set(outlet.values()) == set(VALUES)
    assert figures(streamer, "state", "problem", "rows_waiting") == ["finished", "", 0]
    assert streamer.status()["rows_failed"] == len({*refuse, *lose})


@pytest.mark.parametrize("at_once", [True, False])
def test_a_row_that_was_refused_goes_before_the_next_one(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    monkeypatch.setattr(datastream.replay.streamer, "SAVE_EVERY", 3600.0)
    outlet = ListOutlet(at_once, refuse={3, 4, 7})
    bench.replay([*TEN], outlet)
    assert outlet.values() == VALUES


def test_while_kafka_is_away_the_problem_is_told_and_the_stream_goes_on_when_it_is_back(bench: Bench) -> None:
    outlet = ListOutlet()
    asked = threading.Semaphore(0)
    outlet.on_step = lambda step: asked.release()
    outlet.away = "Kafka does not answer"
    streamer = bench.streamer(ListSource(TEN), outlet)
    streamer.start()
    for _ in range(3):
        assert asked.acquire(timeout=10)
    assert figures(streamer, "state", "problem", "rows_sent") == ["running", "Kafka does not answer", 0]
    outlet.away = ""
    wait_for_end_of_replay()
    assert outlet.values() == VALUES
    assert figures(streamer, "state", "problem") == ["finished", ""]


def test_a_stop_works_while_kafka_is_away(bench: Bench) -> None:
    outlet = ListOutlet()
    outlet.away = "Kafka does not answer"
    streamer = bench.streamer(ListSource(TEN), outlet)
    streamer.start()
    assert streamer.stop()
    assert streamer.status()["state"] in ("stopped", "failed")


def test_the_kept_position_is_never_ahead_of_what_is_confirmed(bench: Bench) -> None:
    outlet = ListOutlet(at_once=False, refuse={3, 9, 10, 11}, lose={5, 6, 14})
    ahead: list[tuple[str, int, set[bytes]]] = []

    def compare(step: str) -> None:
        kept = position.load(bench.file)
        missing = set(VALUES[: kept.rows if kept else 0]) - set(outlet.values())
        if missing:
            ahead.append((step, kept.rows if kept else 0, missing))

    outlet.on_step = compare
    bench.replay([*TEN], outlet)
    assert ahead == []
    assert set(outlet.values()) == set(VALUES)


@pytest.mark.parametrize("step", ["send", "flush", "flushed", "confirmed"])
@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("when", [2, 5, 10])
def test_a_streamer_that_is_killed_at_any_step_goes_on_by_itself_and_misses_no_row(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, at_once: bool, when: int
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    doomed = ListOutlet(at_once)
    steps = 0

    def kill(at: str) -> None:
        nonlocal steps
        steps += at == step
        if steps == when:
            raise SystemExit

    doomed.on_step = kill
    bench.replay([*TEN], doomed)
    kept = bench.kept()
    assert kept.running

    heir = ListOutlet()
    assert bench.streamer(ListSource(TEN), heir).resume_after_restart()
    wait_for_end_of_replay()
    assert heir.values() == VALUES[kept.rows :]
    assert set(doomed.values() + heir.values()) == set(VALUES)


def test_a_streamer_that_is_shut_down_goes_on_by_itself_with_the_delta_of_then(bench: Bench) -> None:
    outlet, source = ListOutlet(), ListSource(TEN)
    streamer = bench.streamer(source, outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.time_delta = NEVER * 2
    streamer.close()
    assert (outlet.closed, source.closed, bench.kept().running) == (True, True, True)

    heir = ListOutlet()
    successor = bench.streamer(ListSource(TEN), heir, delta=NEVER)
    assert successor.resume_after_restart()
    heir.wait_for(1)
    assert (heir.values(), successor.time_delta) == (VALUES[1:2], NEVER * 2)


def test_a_changed_setting_of_the_time_delta_wins_over_the_one_of_then(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.time_delta = 1.0
    streamer.close()
    successor = bench.streamer(ListSource(TEN), ListOutlet(), delta=NEVER * 3)
    assert successor.resume_after_restart()
    assert successor.time_delta == NEVER * 3


@pytest.mark.parametrize("end", ["stop", "finish"])
def test_a_stream_that_was_stopped_or_finished_does_not_start_by_itself(bench: Bench, end: str) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER if end == "stop" else 0.0)
    streamer.start()
    outlet.wait_for(1)
    if end == "stop":
        streamer.stop()
    wait_for_end_of_replay()
    streamer.close()
    successor = bench.streamer(ListSource(TEN), ListOutlet())
    assert not successor.resume_after_restart()
    assert figures(successor, "state", "position") == ["stopped", 1 if end == "stop" else 0]


def test_a_position_of_other_data_is_not_used(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.close()
    other = ListSource(TEN)
    other.fingerprint = "other"
    heir = ListOutlet()
    successor = bench.streamer(other, heir)
    assert not successor.resume_after_restart()
    assert successor.start()
    wait_for_end_of_replay()
    assert heir.values() == VALUES


def test_a_source_that_cannot_be_read_ends_the_stream_with_its_message(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN[:2], error=SourceError("H.csv, line 3: breaks off")), outlet)
    streamer.start()
    wait_for_end_of_replay()
    assert figures(streamer, "state", "problem") == ["failed", "H.csv, line 3: breaks off"]
    assert streamer.start()
    wait_for_end_of_replay()
    assert streamer.status()["state"] == "failed"


def test_data_that_was_removed_meanwhile_fails_the_start_with_its_message(bench: Bench, hourly: Path) -> None:
    streamer = bench.streamer(ListSource(TEN), ListOutlet(), delta=NEVER)
    streamer.start()
    streamer.stop()
    hourly.unlink()
    gone = Streamer(MeteoFrance(hourly), ListOutlet(), Replay((Topic("meteo", 4),), False, bench.file, 0.0))
    assert gone.start()
    wait_for_end_of_replay()
    assert figures(gone, "state", "problem") == ["failed", f"METEO_DATA={hourly}: there is no such file or folder"]


def test_an_error_of_the_program_itself_is_told_too(bench: Bench) -> None:
    outlet = ListOutlet()

    def stumble(step: str) -> None:
        raise ZeroDivisionError("oh")

    outlet.on_step = stumble
    streamer = bench.streamer(ListSource(TEN), outlet)
    streamer.start()
    wait_for_end_of_replay()
    assert figures(streamer, "state", "problem") == ["failed", "internal error: ZeroDivisionError('oh')"]


def test_data_that_is_removed_does_not_end_a_running_stream(hourly: Path, tmp_path: Path, quick: None) -> None:
    outlet, source = ListOutlet(), MeteoFrance(hourly)
    streamer = Streamer(source, outlet, Replay((Topic("meteo", 4),), False, tmp_path / "p.json", 3600.0))
    streamer.start()
    outlet.wait_for(1)
    hourly.unlink()
    streamer.time_delta = 0.0
    wait_for_end_of_replay()
    assert figures(streamer, "state", "rows_sent") == ["finished", 2]
    source.close()


def test_a_loop_over_data_without_messages_ends(tmp_path: Path, quick: None) -> None:
    streamer = Streamer(ListSource([]), ListOutlet(), Replay((Topic("meteo", 4),), True, tmp_path / "p.json", 0.0))
    streamer.start()
    wait_for_end_of_replay()
    assert figures(streamer, "state") == ["finished"]


def test_a_stop_does_not_wait_for_rejected_rows(hourly: Path, tmp_path: Path, quick: None) -> None:
    hourly.write_bytes(hourly.read_bytes() + b"bad\n" * 500)
    outlet, source = ListOutlet(), MeteoFrance(hourly)
    first, stopped = threading.Event(), threading.Event()

    def hold(step: str) -> None:
        if step == "send" and not first.is_set():
            first.set()
            stopped.wait(PATIENCE)

    outlet.on_step = hold
    streamer = Streamer(source, outlet, Replay((Topic("meteo", 4),), False, tmp_path / "p.json", 0.0))
    streamer.start()
    assert first.wait(PATIENCE)
    stopper = threading.Thread(target=streamer.stop)
    stopper.start()
    while not streamer._stop.is_set():
        pass
    stopped.set()
    stopper.join()
    source.close()
    assert len(outlet.confirmed) < 10


# --- sources with several topics, with positions of their own, with nothing to send now


def shouted(value: bytes) -> bytes:
    return value.upper()


def test_a_row_goes_to_each_topic_in_the_form_of_that_topic(tmp_path: Path, quick: None) -> None:
    outlet = ListOutlet()
    topics = (Topic("loud", 1, shouted), Topic("quiet", 1))
    streamer = Streamer(ListSource(TEN), outlet, Replay(topics, False, tmp_path / "p.json", 0.0))
    streamer.start()
    wait_for_end_of_replay()
    assert outlet.values("quiet") == VALUES
    assert outlet.values("loud") == [value.upper() for value in VALUES]
    assert {record.key for record in outlet.confirmed} == {TEN[0].key}
    assert figures(streamer, "rows_sent", "topic") == [10, "loud, quiet"]


def test_a_row_counts_as_sent_once_every_topic_has_it(tmp_path: Path, quick: None) -> None:
    outlet = ListOutlet(lose={2})
    streamer = Streamer(
        ListSource(TEN[:1]), outlet, Replay((Topic("a", 1), Topic("b", 1)), False, tmp_path / "p.json", 0.0)
    )
    sent: list[object] = []
    outlet.on_step = lambda step: sent.append(streamer.status()["rows_sent"]) if step == "confirmed" else None
    streamer.start()
    wait_for_end_of_replay()
    assert sent == [0, 1]


def test_a_source_that_numbers_its_rows_goes_on_after_the_number_of_the_last_one(bench: Bench) -> None:
    numbered = [Message(b"A", "2000-01-01", str(number).encode(), position=number) for number in (3, 7, 20)]
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(numbered), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.close()
    assert bench.kept().rows == 3
    asked: list[int] = []

    class AskedSource(ListSource):
        def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
            asked.append(skip)
            yield from numbered[1:]

    heir = bench.streamer(AskedSource([]), ListOutlet())
    assert heir.resume_after_restart()
    wait_for_end_of_replay()
    assert asked == [3]
    assert figures(heir, "position") == [20]


def test_a_pause_settles_the_rows_before_it_and_tells_its_problem_while_it_lasts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datastream.replay.streamer, "SAVE_EVERY", 3600.0)
    outlet = ListOutlet(at_once=False)
    told: list[object] = []

    class TellingSource(ListSource):
        def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
            yield TEN[0]
            yield Pause(0.0)
            told.extend([bench.kept().rows, *figures(streamer, "state", "problem")])
            yield Pause(0.0, "the database is away")
            told.extend(figures(streamer, "state", "problem"))
            yield TEN[1]
            told.extend(figures(streamer, "problem"))

    streamer = bench.streamer(TellingSource([]), outlet)
    streamer.start()
    wait_for_end_of_replay()
    assert told == [1, "running", "", "running", "the database is away", ""]
    assert outlet.values() == VALUES[:2]


def test_rows_that_were_not_there_in_time_are_not_caught_up_in_a_burst(bench: Bench) -> None:
    clock, outlet = HandClock(), ListOutlet()
    sent_at: list[float] = []
    outlet.on_step = lambda step: sent_at.append(clock.time - 1000.0) if step == "send" else None

    class LateSource(ListSource):
        def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
            yield TEN[0]
            clock.time += 10
            yield Pause(0.0)
            yield from TEN[1:4]

    streamer = bench.streamer(LateSource([]), outlet)
    streamer._pace = Pace(0.5, clock)
    streamer.start()
    wait_for_end_of_replay()
    assert sent_at == pytest.approx([0.0, 10.0, 10.5, 11.0])


def test_a_stop_does_not_wait_for_the_end_of_a_pause(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource([TEN[0], Pause(NEVER, "away"), TEN[1]]), outlet)
    streamer.start()
    outlet.wait_for(1)
    assert streamer.stop()
    assert figures(streamer, "state", "problem") == ["stopped", ""]
    assert outlet.values() == VALUES[:1]


def test_topics_are_removed_on_request_only_and_the_stream_begins_anew_in_them(bench: Bench) -> None:
    outlet = ListOutlet()
    steps: list[str] = []
    outlet.on_step = steps.append
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.stop()
    streamer.start(restart=True)
    outlet.wait_for(2)
    assert "recreate" not in steps
    assert streamer.start(recreate_topics=True)
    outlet.wait_for(3)
    assert outlet.values() == VALUES[:1] * 3
    assert steps.count("recreate") == 1


def test_the_position_is_given_up_before_the_topics_that_it_is_about(bench: Bench) -> None:
    outlet = ListOutlet()
    streamer = bench.streamer(ListSource(TEN), outlet, delta=NEVER)
    streamer.start()
    outlet.wait_for(1)
    streamer.stop()
    positions: list[int] = []
    outlet.on_step = lambda step: positions.append(bench.kept().rows) if step == "recreate" else None
    streamer.start(recreate_topics=True)
    outlet.wait_for(2)
    assert positions == [0]


def test_topics_in_which_others_keep_a_position_are_not_removed(tmp_path: Path) -> None:
    replay = Replay((Topic("meteo", 4),), False, tmp_path / "p.json", 0.0, "Spark's checkpoint belongs to them")
    streamer = Streamer(ListSource(TEN), ListOutlet(), replay)
    with pytest.raises(SetupError, match="Spark's checkpoint belongs to them"):
        streamer.start(recreate_topics=True)
    assert figures(streamer, "state") == ["stopped"]
