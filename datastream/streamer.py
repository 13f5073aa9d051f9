"""The thread that carries rows from the source to the topic, at the pace that was asked for.

Delivery promise: at least once. The position on disk never runs ahead of what Kafka has confirmed, so a
streamer that is killed sends some rows again after its restart, and misses none.
"""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from datastream import position
from datastream.delivery import Delivery
from datastream.message import Message, Outlet, Source
from datastream.pace import Pace
from datastream.position import Position
from weather.errors import RejectedRecord, StackError, Unavailable
from weather.logs import facts

log = logging.getLogger(__name__)

SAVE_EVERY = 1.0


@dataclass(frozen=True)
class Replay:
    """What to do with the rows of a source."""

    topic: str
    dead_letter_topic: str
    loop: bool
    position_file: Path
    initial_time_delta: float


class Streamer:
    """Starts, stops and paces one replay. All methods may be called from any thread."""

    def __init__(self, source: Source, outlet: Outlet, replay: Replay) -> None:
        self._source = source
        self._replay = replay
        self._pace = Pace(replay.initial_time_delta)
        self._control = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._delivery = Delivery(outlet, replay.topic, replay.dead_letter_topic, self._stop)
        self._state = "stopped"
        self._hour = ""
        self._rows = 0
        self._settled_rows = 0
        self._latest: dict[bytes, bytes] = {}

    # --- what the HTTP API asks for

    def start(self, restart: bool = False) -> bool:
        """Go on where the replay stopped, or begin anew; False where it is running already, unless to begin anew."""
        with self._control:
            if self._thread is not None and self._thread.is_alive():
                if not restart:
                    return False
                self._end_thread(self._thread)
            restart = restart or self._state == "finished"
            self._stop.clear()
            self._pace.restart()
            self._delivery.rate.reset()
            self._state, self._delivery.problem = "running", ""
            self._thread = threading.Thread(target=self._run, args=(restart,), name="replay", daemon=True)
            self._thread.start()
            return True

    def stop(self, keep_running: bool = False) -> bool:
        """Return when the thread has ended and its rows are flushed; False where nothing was running.

        `keep_running` is for a shutdown: the kept position says that the next start of the process goes on.
        """
        with self._control:
            thread = self._thread
            if thread is None or not thread.is_alive():
                return False
            self._end_thread(thread)
            if keep_running and self._state == "stopped":
                self._save(running=True)
            return True

    def resume_after_restart(self) -> bool:
        """Start by itself where a killed or ended process was streaming the same data."""
        kept = self._kept()
        if kept is None:
            return False
        self._rows = self._settled_rows = kept.rows
        if not kept.running:
            return False
        if kept.initial_time_delta == self._replay.initial_time_delta:
            self.time_delta = kept.time_delta
        log.info(facts("resumed", rows=kept.rows, time_delta=self.time_delta))
        return self.start()

    @property
    def time_delta(self) -> float:
        """Seconds between two rows; setting it acts within one row."""
        return self._pace.delta

    @time_delta.setter
    def time_delta(self, seconds: float) -> None:
        self._pace.delta = seconds
        self._delivery.rate.reset()

    def status(self) -> dict[str, object]:
        """The figures of the replay, as plain JSON values."""
        counts, delivery = self._source.counts, self._delivery
        return {
            "state": self._state,
            "problem": delivery.problem,
            "time_delta": self._pace.delta,
            "rate": round(delivery.rate.per_second(), 2) if self._state == "running" else 0.0,
            "rows_sent": delivery.rows_sent,
            "rows_failed": delivery.failures,
            "rows_waiting": delivery.waiting,
            "rows_skipped": counts["skipped"],
            "rows_rejected": counts["rejected"],
            "dead_letters": delivery.dead_letters,
            "values_doubtful": counts["doubtful"],
            "position": self._rows,
            "rows_total": self._source.total,
            "observation_hour": self._hour,
            "file": self._source.name,
            "topic": self._replay.topic,
            "loop": self._replay.loop,
            "stations": len(self._latest),
        }

    def latest(self) -> list[bytes]:
        """The JSON of the last message sent for each station, by station number."""
        return [value for _, value in sorted(self._latest.copy().items())]

    def close(self) -> None:
        """End the replay so that the next process goes on with it."""
        self.stop(keep_running=True)
        self._delivery.close()
        self._source.close()

    # --- the thread

    def _end_thread(self, thread: threading.Thread) -> None:
        self._stop.set()
        self._pace.interrupt()
        thread.join()

    def _run(self, restart: bool) -> None:
        try:
            self._source.refresh()
            kept = None if restart else self._kept()
            self._rows = self._settled_rows = kept.rows if kept else 0
            self._save(running=True)
            log.info(facts("stream_started", file=self._source.name, row=self._rows, time_delta=self.time_delta))
            self._delivery.prepare()
            while self._replay_once() and self._replay.loop and self._rows:
                self._rows = 0
                self._source.refresh()
            self._settle()
            if self._stop.is_set():
                self._settle_once()
                self._save(running=False)
                self._state = "stopped"
            else:
                self._settled_rows = 0
                self._save(running=False)
                self._state = "finished"
        except StackError as error:
            self._delivery.problem, self._state = str(error), "failed"
            log.error(facts("stream_failed", error=error))
        except Exception as error:  # the thread must not die without a word
            self._delivery.problem, self._state = f"internal error: {error!r}", "failed"
            log.exception(facts("stream_failed", error=repr(error)))
        log.info(facts("stream_ended", state=self._state, rows_sent=self._delivery.rows_sent))

    def _replay_once(self) -> bool:
        """Send the rows from `self._rows` on; True at the end of the data, False when stopped before it."""
        saved_at = time.monotonic()
        for item in self._source.messages(self._rows, self._stop.is_set):
            if isinstance(item, RejectedRecord):
                if self._stop.is_set():
                    return False
                self._delivery.set_aside(item)
                continue
            if not self._pace.wait_for_next_row():
                return False
            self._delivery.send(item)
            self._seen(item)
            if time.monotonic() - saved_at >= SAVE_EVERY:
                self._settle()
                saved_at = time.monotonic()
        return not self._stop.is_set()

    def _settle(self) -> None:
        """Keep the position once Kafka has confirmed every row up to it; waits for that unless stopped."""
        self._delivery.settle()
        if not self._stop.is_set():
            self._settled_rows = self._rows
            self._save(running=True)

    def _settle_once(self) -> None:
        """One try only: whoever stops the stream waits for it. The position stays where Kafka has confirmed it."""
        try:
            self._delivery.settle_now()
            self._settled_rows = self._rows
        except Unavailable as error:
            self._delivery.problem = f"stopped while {error}; the rows after {self._settled_rows} are sent again"

    def _seen(self, message: Message) -> None:
        self._rows += 1
        self._hour = message.event_time
        self._latest[message.key] = message.value

    # --- the kept position

    def _kept(self) -> Position | None:
        """The kept position, if it was made with the data that is there now."""
        kept = position.load(self._replay.position_file)
        return kept if kept is not None and kept.fingerprint == self._source.fingerprint else None

    def _save(self, running: bool) -> None:
        position.save(
            self._replay.position_file,
            Position(
                fingerprint=self._source.fingerprint,
                rows=self._settled_rows,
                running=running,
                time_delta=self._pace.delta,
                initial_time_delta=self._replay.initial_time_delta,
            ),
        )
