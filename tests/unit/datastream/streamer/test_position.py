"""The kept position: never ahead of what is confirmed, and where a killed streamer goes on."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from datastream.message import Item, Message
from datastream.replay import position
from testing.doubles import ListSink, ListSource, wait_for_end_of_replay
from testing.environment import eventually
from tests.unit.datastream.streamer.bench import NEVER, TEN, VALUES, Bench, figures

pytestmark = pytest.mark.usefixtures("quick")


def test_a_finished_replay_stands_at_its_end_and_begins_anew_in_the_next_process(bench: Bench) -> None:
    assert figures(bench.replay([*TEN], ListSink()), "position") == [10]
    assert (bench.kept().offset, bench.kept().running) == (0, False)


def test_the_kept_position_is_never_ahead_of_what_is_confirmed(bench: Bench) -> None:
    sink = ListSink(at_once=False, refuse={3, 9, 10, 11}, lose={5, 6, 14})
    ahead: list[tuple[str, int, set[bytes]]] = []

    def compare(step: str) -> None:
        kept = position.load(bench.file)
        missing = set(VALUES[: kept.offset if kept else 0]) - set(sink.values())
        if missing:
            ahead.append((step, kept.offset if kept else 0, missing))

    sink.on_step = compare
    bench.replay([*TEN], sink)
    assert ahead == []
    assert set(sink.values()) == set(VALUES)


@pytest.mark.parametrize("step", ["send", "flush", "flushed", "confirmed"])
@pytest.mark.parametrize("at_once", [True, False])
@pytest.mark.parametrize("when", [2, 5, 10])
def test_a_streamer_that_is_killed_at_any_step_goes_on_by_itself_and_misses_no_row(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: str, at_once: bool, when: int
) -> None:
    monkeypatch.setattr(threading, "excepthook", lambda arguments: None)
    doomed = ListSink(at_once)
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

    heir = ListSink()
    assert bench.streamer(ListSource(TEN), heir).resume_after_restart()
    wait_for_end_of_replay()
    assert heir.values() == VALUES[kept.offset :]
    assert set(doomed.values() + heir.values()) == set(VALUES)


def test_a_streamer_that_is_shut_down_goes_on_by_itself_with_the_delta_of_then(bench: Bench) -> None:
    sink, source = ListSink(), ListSource(TEN)
    streamer = bench.streamer(source, sink, delta=NEVER)
    streamer.start()
    sink.wait_for(1)
    streamer.time_delta = NEVER * 2
    streamer.close()
    assert (sink.closed, source.closed, bench.kept().running) == (True, True, True)

    heir = ListSink()
    successor = bench.streamer(ListSource(TEN), heir, delta=NEVER)
    assert successor.resume_after_restart()
    heir.wait_for(1)
    assert (heir.values(), successor.time_delta) == (VALUES[1:2], NEVER * 2)


def test_a_changed_setting_of_the_time_delta_wins_over_the_one_of_then(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER)
    streamer.start()
    sink.wait_for(1)
    streamer.time_delta = 1.0
    streamer.close()
    successor = bench.streamer(ListSource(TEN), ListSink(), delta=NEVER * 3)
    assert successor.resume_after_restart()
    assert successor.time_delta == NEVER * 3


@pytest.mark.parametrize("end", ["stop", "finish"])
def test_a_stream_that_was_stopped_or_finished_does_not_start_by_itself(bench: Bench, end: str) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=NEVER if end == "stop" else 0.0)
    streamer.start()
    sink.wait_for(1)
    if end == "stop":
        streamer.stop()
    wait_for_end_of_replay()
    streamer.close()
    successor = bench.streamer(ListSource(TEN), ListSink())
    assert not successor.resume_after_restart()
    assert figures(successor, "state", "position") == ["stopped", 1 if end == "stop" else 0]


def test_a_position_of_other_data_is_not_used(bench: Bench) -> None:
    bench.interrupted(TEN)
    other = ListSource(TEN)
    other.fingerprint = other.earlier_fingerprint = "other"
    heir = ListSink()
    successor = bench.streamer(other, heir)
    assert not successor.resume_after_restart()
    assert successor.start()
    wait_for_end_of_replay()
    assert heir.values() == VALUES


def test_a_position_that_an_earlier_version_stored_is_used(bench: Bench) -> None:
    bench.interrupted(TEN)
    same = ListSource(TEN)
    same.fingerprint = "content"
    successor = bench.streamer(same, ListSink())
    assert successor.resume_after_restart()
    assert figures(successor, "position")[0] >= 1


@pytest.mark.parametrize("held", [{"meteo": {}}, {"meteo": {0: 2}}])
def test_rows_that_kafka_has_lost_are_sent_again(bench: Bench, held: dict[str, dict[int, int]]) -> None:
    """A power failure took the end of the topic, or somebody deleted it."""
    bench.interrupted(TEN, after=5, delta=0.02)
    heir = ListSink()
    heir.present = held
    successor = bench.streamer(ListSource(TEN), heir)
    assert successor.resume_after_restart()
    wait_for_end_of_replay()
    lost = VALUES[held.get("meteo", {}).get(0, 0) :]
    assert set(lost) <= set(heir.values())


def test_where_the_topic_holds_every_row_none_is_sent_again(bench: Bench) -> None:
    bench.interrupted(TEN)
    heir = ListSink()
    heir.present = {"meteo": {0: 1}}
    successor = bench.streamer(ListSource(TEN), heir)
    assert successor.resume_after_restart()
    wait_for_end_of_replay()
    assert heir.values() == VALUES[1:]


def test_a_source_that_numbers_its_rows_goes_on_after_the_number_of_the_last_one(bench: Bench) -> None:
    numbered = [Message(b"A", "2000-01-01", str(number).encode(), offset=number) for number in (3, 7, 20)]
    bench.interrupted(numbered)
    assert bench.kept().offset == 3
    asked: list[int] = []

    class AskedSource(ListSource):
        def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
            asked.append(skip)
            yield from numbered[1:]

    heir = bench.streamer(AskedSource([]), ListSink())
    assert heir.resume_after_restart()
    wait_for_end_of_replay()
    assert asked == [3]
    assert figures(heir, "position") == [20]


def test_while_the_position_cannot_be_stored_the_stream_waits_and_says_why(bench: Bench) -> None:
    """As on a full disk: a folder stands in the way of the temporary file."""
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN), sink, delta=0.05)
    streamer.start()
    sink.wait_for(1)
    blocker = bench.file.with_name(f"{bench.file.name}.tmp")
    eventually(lambda: not blocker.exists() and made(blocker), "the file is blocked")
    eventually(lambda: "the position cannot be stored in" in str(figures(streamer, "problem")[0]), "it says why")
    assert figures(streamer, "state") == ["running"]
    blocker.rmdir()
    wait_for_end_of_replay()
    assert sink.values() == VALUES
    assert figures(streamer, "state", "problem") == ["finished", ""]


def made(folder: Path) -> bool:
    """Make a folder. Return False if a file was faster."""
    try:
        folder.mkdir()
    except FileExistsError:
        return False
    return True
