"""The thread that sends rows from the source to its topics, at the requested pace.

Delivery promise: at least once. The position on disk never runs ahead of what Kafka has confirmed, so a
streamer that is killed sends some rows again after its restart and loses none.
"""

from __future__ import annotations

import logging
import threading
import time

from datastream.kafka.delivery import Delivery
from datastream.kafka.sink import Sink
from datastream.message import Pause, Source
from datastream.replay.pace import Pace
from datastream.replay.progress import Progress, Replay
from weather.errors import RejectedRecord, SetupError, StackError, Unavailable
from weather.logs import facts

log = logging.getLogger(__name__)

SAVE_EVERY = 1.0


class Streamer:
    """Starts, stops and paces one replay. All methods may be called from any thread."""

    def __init__(self, source: Source, sink: Sink, replay: Replay) -> None:
        self._source = source
        self._replay = replay
        self._pace = Pace(replay.initial_time_delta)
        self._progress = Progress(source, replay)
        self._control = threading.Lock()
        self._thread: threading.Thread | None = None
        self._stop = threading.Event()
        self._delivery = Delivery(sink, replay.topics, self._stop)
        self._state = "stopped"
        self._source_problem = ""

    # --- for the HTTP API

    def start(self, restart: bool = False, recreate_topics: bool = False) -> bool:
        """Resume the replay, or restart it at the first row. Return False if it is to resume but already runs.

        With `recreate_topics`, restart it in recreated topics. Raise SetupError if other programs store offsets
        of these topics.
        """
        if recreate_topics and self._replay.recreate_refusal:
            raise SetupError(self._replay.recreate_refusal)
        restart = restart or recreate_topics
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
            self._thread = threading.Thread(
                target=self._run, args=(restart, recreate_topics), name="replay", daemon=True
            )
            self._thread.start()
            return True

    def stop(self, keep_running: bool = False) -> bool:
        """Return when the thread has ended and its rows are flushed. Return False if nothing was running.

        `keep_running` is for a shutdown: the stored position makes the next process resume the stream.
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
        """Start automatically if an earlier process was streaming the same data when it ended or was killed."""
        kept = self._progress.kept()
        if kept is None:
            return False
        self._progress.go_to(kept.offset)
        if not kept.running:
            return False
        if kept.initial_time_delta == self._replay.initial_time_delta:
            self.time_delta = kept.time_delta
        log.info(facts("resumed", rows=kept.offset, time_delta=self.time_delta))
        return self.start()

    @property
    def time_delta(self) -> float:
        """Seconds between two rows. A new value takes effect within one row."""
        return self._pace.delta

    @time_delta.setter
    def time_delta(self, seconds: float) -> None:
        self._pace.delta = seconds
        self._delivery.rate.reset()

    @property
    def obstacle(self) -> str:
        """Why no rows can be delivered, or their position cannot be stored; "" if the stream does not wait for that."""
        return self._delivery.problem if self._state == "running" else ""

    def status(self) -> dict[str, object]:
        """The metrics of the replay, as plain JSON values."""
        return {
            "state": self._state,
            "problem": self._delivery.problem or self._source_problem,
            "time_delta": self._pace.delta,
            **self._delivery.status(is_running=self._state == "running"),
            **self._progress.status(),
        }

    def latest(self) -> list[bytes]:
        """The last row sent for each key, such as a station, as JSON, sorted by key."""
        return self._progress.latest()

    def close(self) -> None:
        """End the replay so that the next process resumes it."""
        self.stop(keep_running=True)
        self._delivery.close()
        self._source.close()

    # --- the thread

    def _end_thread(self, thread: threading.Thread) -> None:
        self._stop.set()
        self._pace.interrupt()
        thread.join()

    def _run(self, restart: bool, recreate_topics: bool) -> None:
        try:
            self._begin(restart, recreate_topics)
            while self._replay_once() and self._replay.loop and self._progress.offset:
                self._progress.offset = 0
                self._source.refresh()
            if not self._stop.is_set() and (marker := self._source.end_marker()):
                self._delivery.send_end_marker(marker)
            self._commit()
            self._end()
        except StackError as error:
            self._delivery.problem, self._state = str(error), "failed"
            log.error(facts("stream_failed", error=error))
        except Exception as error:  # the thread must not die silently
            self._delivery.problem, self._state = f"internal error: {error!r}", "failed"
            log.exception(facts("stream_failed", error=repr(error)))
        self._source_problem = ""
        log.info(facts("stream_ended", state=self._state, rows_sent=self._delivery.rows_sent))

    def _begin(self, restart: bool, recreate_topics: bool) -> None:
        """Load the position and prepare the topics. A position must not outlive the topics that it refers to."""
        self._source.refresh()
        kept = None if restart else self._progress.kept()
        self._progress.resume(kept)
        self._save(running=True)
        row = self._progress.offset
        log.info(facts("stream_started", source=self._source.name, row=row, time_delta=self.time_delta))
        if recreate_topics:
            self._delivery.recreate()
        self._delivery.prepare()
        self._progress.go_back_to(self._delivery.ends_in_kafka())

    def _end(self) -> None:
        if self._stop.is_set():
            self._commit_once()
            self._save(running=False)
            self._state = "stopped"
        else:
            self._progress.committed = 0
            self._save(running=False)
            self._state = "finished"

    def _replay_once(self) -> bool:
        """Send the rows from the offset on. Return True at the end of the data, False if stopped before."""
        saved_at = time.monotonic()
        for item in self._source.messages(self._progress.offset, self._stop.is_set):
            if isinstance(item, Pause):
                self._idle(item)
                continue
            self._source_problem = ""
            if isinstance(item, RejectedRecord):
                if self._stop.is_set():
                    return False
                self._delivery.dead_letter(item)
                continue
            if not self._pace.wait_for_next_row():
                return False
            self._delivery.send(item)
            self._progress.seen(item)
            if time.monotonic() - saved_at >= SAVE_EVERY:
                self._commit()
                saved_at = time.monotonic()
        return not self._stop.is_set()

    def _idle(self, pause: Pause) -> None:
        """Commit every row, then wait until the source is to be polled again."""
        if pause.problem and pause.problem != self._source_problem:
            log.warning(facts("source_waits", reason=pause.problem))
        self._source_problem = pause.problem
        if not self._progress.is_committed:
            self._commit()
        self._stop.wait(pause.seconds)
        self._pace.drop_backlog()

    def _commit(self) -> None:
        """Store the position after Kafka has confirmed every row up to it. Wait for that unless stopped."""
        self._delivery.confirm()
        if not self._stop.is_set():
            self._progress.commit(self._delivery.ends)
            self._save(running=True)

    def _commit_once(self) -> None:
        """Try only once, because the caller of `stop` waits. If it fails, the position stays at the last commit."""
        try:
            self._delivery.confirm_now()
            self._progress.commit(self._delivery.ends)
        except Unavailable as error:
            committed = self._progress.committed
            self._delivery.problem = (
                f"stopped with unconfirmed rows ({error}); the next start sends the rows after {committed} again"
            )

    def _save(self, running: bool) -> None:
        """Store the position. Repeat it until it works; if the stream is stopped, try only once."""
        if not self._stop.is_set():
            self._delivery.until_it_works(lambda: self._progress.save(running, self._pace.delta))
            return
        try:
            self._progress.save(running, self._pace.delta)
        except Unavailable as error:
            self._delivery.problem = str(error)
            log.error(facts("position_not_stored", error=error))
