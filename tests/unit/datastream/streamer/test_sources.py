"""Sources that cannot be read, are removed, have nothing to send now, or only rejected rows."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import datastream.replay.streamer
from datastream.message import Item, Pause, Topic
from datastream.replay.pace import Pace
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources.meteofrance.source import MeteoFrance
from testing.doubles import PATIENCE, HandClock, ListSink, ListSource, wait_for_end_of_replay
from tests.unit.datastream.streamer.bench import NEVER, TEN, VALUES, Bench, figures
from weather.errors import SourceError

pytestmark = pytest.mark.usefixtures("quick")


def test_a_source_that_cannot_be_read_ends_the_stream_with_its_message(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource(TEN[:2], error=SourceError("H.csv, line 3: breaks off")), sink)
    streamer.start()
    wait_for_end_of_replay()
    assert figures(streamer, "state", "problem") == ["failed", "H.csv, line 3: breaks off"]
    assert streamer.start()
    wait_for_end_of_replay()
    assert streamer.status()["state"] == "failed"


def test_data_that_was_removed_meanwhile_fails_the_start_with_its_message(bench: Bench, hourly: Path) -> None:
    streamer = bench.streamer(ListSource(TEN), ListSink(), delta=NEVER)
    streamer.start()
    streamer.stop()
    hourly.unlink()
    gone = Streamer(MeteoFrance(hourly), ListSink(), Replay((Topic("meteo", 4),), False, bench.file, 0.0))
    assert gone.start()
    wait_for_end_of_replay()
    assert figures(gone, "state", "problem") == ["failed", f"METEO_DATA={hourly}: there is no such file or folder"]


def test_an_error_of_the_program_itself_is_told_too(bench: Bench) -> None:
    sink = ListSink()

    def stumble(step: str) -> None:
        raise ZeroDivisionError("oh")

    sink.on_step = stumble
    streamer = bench.streamer(ListSource(TEN), sink)
    streamer.start()
    wait_for_end_of_replay()
    assert figures(streamer, "state", "problem") == ["failed", "internal error: ZeroDivisionError('oh')"]


def test_data_that_is_removed_does_not_end_a_running_stream(hourly: Path, tmp_path: Path, quick: None) -> None:
    sink, source = ListSink(), MeteoFrance(hourly)
    streamer = Streamer(source, sink, Replay((Topic("meteo", 4),), False, tmp_path / "p.json", 3600.0))
    streamer.start()
    sink.wait_for(1)
    hourly.unlink()
    streamer.time_delta = 0.0
    wait_for_end_of_replay()
    assert figures(streamer, "state", "rows_sent") == ["finished", 2]
    source.close()


def test_a_loop_over_data_without_messages_ends(tmp_path: Path, quick: None) -> None:
    streamer = Streamer(ListSource([]), ListSink(), Replay((Topic("meteo", 4),), True, tmp_path / "p.json", 0.0))
    streamer.start()
    wait_for_end_of_replay()
    assert figures(streamer, "state") == ["finished"]


def test_a_stop_does_not_wait_for_rejected_rows(hourly: Path, tmp_path: Path, quick: None) -> None:
    hourly.write_bytes(hourly.read_bytes() + b"bad\n" * 500)
    sink, source = ListSink(), MeteoFrance(hourly)
    first, stopped = threading.Event(), threading.Event()

    def hold(step: str) -> None:
        if step == "send" and not first.is_set():
            first.set()
            stopped.wait(PATIENCE)

    sink.on_step = hold
    streamer = Streamer(source, sink, Replay((Topic("meteo", 4),), False, tmp_path / "p.json", 0.0))
    streamer.start()
    assert first.wait(PATIENCE)
    stopper = threading.Thread(target=streamer.stop)
    stopper.start()
    while not streamer._stop.is_set():
        pass
    stopped.set()
    stopper.join()
    source.close()
    assert len(sink.confirmed) < 10


def test_a_pause_settles_the_rows_before_it_and_tells_its_problem_while_it_lasts(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(datastream.replay.streamer, "SAVE_EVERY", 3600.0)
    sink = ListSink(at_once=False)
    told: list[object] = []

    class TellingSource(ListSource):
        def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
            yield TEN[0]
            yield Pause(0.0)
            told.extend([bench.kept().offset, *figures(streamer, "state", "problem")])
            yield Pause(0.0, "the database is away")
            told.extend(figures(streamer, "state", "problem"))
            yield TEN[1]
            told.extend(figures(streamer, "problem"))

    streamer = bench.streamer(TellingSource([]), sink)
    streamer.start()
    wait_for_end_of_replay()
    assert told == [1, "running", "", "running", "the database is away", ""]
    assert sink.values() == VALUES[:2]


def test_rows_that_were_not_there_in_time_are_not_caught_up_in_a_burst(bench: Bench) -> None:
    clock, sink = HandClock(), ListSink()
    sent_at: list[float] = []
    sink.on_step = lambda step: sent_at.append(clock.time - 1000.0) if step == "send" else None

    class LateSource(ListSource):
        def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
            yield TEN[0]
            clock.time += 10
            yield Pause(0.0)
            yield from TEN[1:4]

    streamer = bench.streamer(LateSource([]), sink)
    streamer._pace = Pace(0.5, clock)
    streamer.start()
    wait_for_end_of_replay()
    assert sent_at == pytest.approx([0.0, 10.0, 10.5, 11.0])


def test_a_stop_does_not_wait_for_the_end_of_a_pause(bench: Bench) -> None:
    sink = ListSink()
    streamer = bench.streamer(ListSource([TEN[0], Pause(NEVER, "away"), TEN[1]]), sink)
    streamer.start()
    sink.wait_for(1)
    assert streamer.stop()
    assert figures(streamer, "state", "problem") == ["stopped", ""]
    assert sink.values() == VALUES[:1]
