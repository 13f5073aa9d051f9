"""The streamer's web application, its client, and what stands behind it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.web.app import create_app
from testing.doubles import ListSink, ListSource, message
from weather.errors import Unavailable

TEN = [message(number, station=f"2900000{number % 3}") for number in range(10)]
NEVER = 3600.0
STATUS = {
    "state", "problem", "time_delta", "rate", "rows_sent", "rows_failed", "rows_waiting", "rows_skipped",
    "rows_rejected", "rows_repaired", "rows_late", "rows_rolled_back", "dead_letters", "values_doubtful",
    "position", "rows_total", "observation_hour",
    "file", "topic", "loop", "stations", "source", "event_time", "keys",
    "follow", "live", "checked_at", "changed_at", "late_seconds",
}  # fmt: skip


class Desk:
    """The application, its client, and what stands behind it."""

    def __init__(self, folder: Path) -> None:
        self.sink = ListSink()
        self.source = ListSource(TEN)
        replay = Replay((Topic("meteo", 4),), False, folder / "position.json", NEVER)
        self.streamer = Streamer(self.source, self.sink, replay)
        self.kafka_problem = ""
        self.client: FlaskClient = create_app(self.streamer, self._check_kafka, lambda: 0.25).test_client()

    def post(self, path: str, **form: str) -> dict[str, Any]:
        answer = self.client.post(path, data=form)
        assert answer.status_code == 200
        return dict(answer.get_json())

    def status(self) -> dict[str, Any]:
        return dict(self.client.get("/status").get_json())

    def _check_kafka(self) -> None:
        if self.kafka_problem:
            raise Unavailable(self.kafka_problem)
