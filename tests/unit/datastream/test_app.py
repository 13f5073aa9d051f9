from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from prometheus_client.parser import text_string_to_metric_families

from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import registry
from datastream.web import app
from datastream.web.app import create_app
from datastream.web.metrics import free_disk
from testing.doubles import ListOutlet, ListSource, message, wait_for_end_of_replay
from weather.errors import RejectedRecord, SourceError, Unavailable
from weather.settings import Variables, sources

TEN = [message(number, station=f"2900000{number % 3}") for number in range(10)]
NEVER = 3600.0
STATUS = {
    "state", "problem", "time_delta", "rate", "rows_sent", "rows_failed", "rows_waiting", "rows_skipped",
    "rows_rejected", "rows_repaired", "dead_letters", "values_doubtful", "position", "rows_total", "observation_hour",
    "file", "topic", "loop", "stations",
}  # fmt: skip


class Desk:
    """The application, its client, and what stands behind it."""

    def __init__(self, folder: Path) -> None:
        self.outlet = ListOutlet()
        self.source = ListSource(TEN)
        replay = Replay((Topic("meteo", 4),), False, folder / "position.json", NEVER)
        self.streamer = Streamer(self.source, self.outlet, replay)
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


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.streamer.stop()


def test_a_start_is_answered_with_the_status_and_a_second_one_says_that_it_runs_already(desk: Desk) -> None:
    answer = desk.post("/start_streaming")
    assert (answer["message"], answer["state"]) == ("streaming started", "running")
    assert set(answer) >= STATUS
    assert desk.post("/start_streaming")["message"] == "streaming is already running"


def test_a_stop_is_answered_when_the_stream_has_ended(desk: Desk) -> None:
    assert desk.post("/stop_streaming")["message"] == "streaming was not running"
    desk.post("/start_streaming")
    desk.outlet.wait_for(1)
    answer = desk.post("/stop_streaming")
    assert (answer["message"], answer["state"], answer["rows_sent"]) == ("streaming stopped", "stopped", 1)


def test_a_start_goes_on_and_a_restart_begins_anew(desk: Desk) -> None:
    forms: list[dict[str, str]] = [{}, {}, {"restart": "1"}, {"restart": "0"}]
    for count, form in enumerate(forms, start=1):
        desk.post("/start_streaming", **form)
        desk.outlet.wait_for(count)
        desk.post("/stop_streaming")
    assert desk.outlet.values() == [TEN[0].value, TEN[1].value, TEN[0].value, TEN[1].value]


def test_the_status_is_json_of_all_figures(desk: Desk) -> None:
    assert set(desk.status()) == STATUS
    assert desk.status()["state"] == "stopped"
    desk.post("/start_streaming")
    desk.outlet.wait_for(1)
    desk.post("/stop_streaming")
    status = desk.status()
    assert (status["rows_sent"], status["observation_hour"], status["file"]) == (1, "2014010100", "list")


def test_a_source_that_cannot_be_read_shows_in_the_status(desk: Desk) -> None:
    desk.source.error = SourceError("H.csv: the file is empty")
    desk.streamer.time_delta = 0
    desk.post("/start_streaming")
    wait_for_end_of_replay()
    assert (desk.status()["state"], desk.status()["problem"]) == ("failed", "H.csv: the file is empty")


@pytest.mark.parametrize("text", ["0.01", "0", "1e-3", " 5 ", "10"])
@pytest.mark.parametrize("way", ["form", "json", "query"])
def test_the_time_delta_is_changed_by_form_by_json_and_by_query(desk: Desk, text: str, way: str) -> None:
    if way == "query":
        answer = desk.client.post("/time_delta", query_string={"t_delta": text})
    else:
        answer = desk.client.post("/time_delta", **{"data" if way == "form" else "json": {"t_delta": text}})
    assert (answer.status_code, answer.get_json()["time_delta"]) == (200, float(text))
    assert answer.get_json()["message"] == f"time delta is now {float(text):g} s"
    assert desk.streamer.time_delta == float(text)


@pytest.mark.parametrize("number", [0.25, 3, 0])
def test_a_time_delta_in_json_may_be_a_number(desk: Desk, number: float) -> None:
    assert desk.client.post("/time_delta", json={"t_delta": number}).status_code == 200
    assert desk.streamer.time_delta == number


@pytest.mark.parametrize("text", ["fast", "-1", "-0.001", "inf", "-inf", "Infinity", "nan", "", " ", "0,05", "1s"])
@pytest.mark.parametrize("way", ["data", "json"])
def test_what_is_no_time_delta_is_refused_and_changes_nothing(desk: Desk, text: str, way: str) -> None:
    assert_refused(desk, **{way: {"t_delta": text}})


@pytest.mark.parametrize(
    "body",
    ["", "{", "[]", "[0.1]", "7", "null", "{}", '{"t_delta": null}', '{"t_delta": true}', '{"t_delta": [1]}',
     '{"t_delta": {}}', '{"t_delta": -1}', '{"t_delta": NaN}', '{"t_delta": Infinity}', '{"t_delta": 1e999}',
     '{"t_delta": 1' + "0" * 400 + "}", '{"delta": 1}'],
)  # fmt: skip
def test_json_without_a_time_delta_is_refused_and_changes_nothing(desk: Desk, body: str) -> None:
    assert_refused(desk, data=body, content_type="application/json")


@pytest.mark.parametrize(
    "request_", [{}, {"data": {}}, {"data": {"delta": "1"}}, {"data": "0.5", "content_type": "text/plain"}]
)
def test_a_missing_time_delta_is_refused_and_changes_nothing(desk: Desk, request_: dict[str, Any]) -> None:
    assert_refused(desk, **request_)


def assert_refused(desk: Desk, **request_: Any) -> None:
    answer = desk.client.post("/time_delta", **request_)
    assert answer.status_code == 400
    assert "time delta" in answer.get_json()["message"]
    assert answer.get_json()["time_delta"] == NEVER
    assert desk.streamer.time_delta == NEVER


def test_health_is_that_of_kafka(desk: Desk) -> None:
    assert (desk.client.get("/health").status_code, desk.client.get("/health").get_json()) == (200, {"healthy": True})
    desk.kafka_problem = "Kafka at 127.0.0.1:9092 does not answer"
    answer = desk.client.get("/health")
    assert answer.status_code == 503
    assert answer.get_json() == {"healthy": False, "reason": "Kafka at 127.0.0.1:9092 does not answer"}


def metrics(desk: Desk) -> dict[str, float]:
    """Those of the streamer; those of its process are left out."""
    text = desk.client.get("/metrics").get_data(as_text=True)
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {s.name: s.value for s in samples if not s.name.startswith("datastream_process_")}


def test_metrics_are_the_figures_of_the_status_in_prometheus_format(desk: Desk) -> None:
    desk.source.items.insert(0, RejectedRecord("bad", b"x"))
    desk.source.counts.update(skipped=3, rejected=1, doubtful=2)
    assert metrics(desk)["datastream_running"] == 0
    desk.post("/start_streaming")
    desk.outlet.wait_for(2)
    assert metrics(desk)["datastream_running"] == 1
    desk.post("/stop_streaming")
    assert metrics(desk) == {
        "datastream_rows_sent_total": 1,
        "datastream_rows_failed_total": 0,
        "datastream_rows_skipped_total": 3,
        "datastream_rows_rejected_total": 1,
        "datastream_rows_repaired_total": 0,
        "datastream_dead_letters_total": 1,
        "datastream_values_doubtful_total": 2,
        "datastream_rows_waiting": 0,
        "datastream_time_delta": NEVER,
        "datastream_rate": 0,
        "datastream_position": 1,
        "datastream_stations": 1,
        "datastream_running": 0,
        "datastream_disk_free_ratio": 0.25,
        "datastream_kafka_answers": 1,
    }


def test_each_metric_says_what_it_is(desk: Desk) -> None:
    text = desk.client.get("/metrics").get_data(as_text=True)
    families = list(text_string_to_metric_families(text))
    assert "datastream_process_resident_memory_bytes" in {family.name for family in families}
    assert all(family.documentation and family.type in ("counter", "gauge") for family in families)


def test_the_latest_reading_of_each_station_is_json(desk: Desk) -> None:
    assert desk.client.get("/stations").get_json() == []
    desk.streamer.time_delta = 0
    desk.post("/start_streaming")
    desk.outlet.wait_for(10)
    desk.post("/stop_streaming")
    readings = desk.client.get("/stations").get_json()
    assert [(reading["NUM_POSTE"], reading["T"]) for reading in readings] == [
        ("29000000", 9), ("29000001", 7), ("29000002", 8),
    ]  # fmt: skip


def test_the_page_is_html(desk: Desk) -> None:
    answer = desk.client.get("/")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")


@pytest.mark.parametrize("path", ["/", "/status", "/health", "/metrics", "/stations", "/nowhere"])
def test_every_answer_carries_the_security_headers(desk: Desk, path: str) -> None:
    headers = desk.client.get(path).headers
    assert "default-src 'self'" in headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert (headers["X-Content-Type-Options"], headers["Cache-Control"]) == ("nosniff", "no-store")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_a_page_of_another_site_can_change_nothing(desk: Desk, site: str) -> None:
    for path in ("/start_streaming", "/time_delta"):
        answer = desk.client.post(path, data={"t_delta": "0"}, headers={"Sec-Fetch-Site": site})
        assert answer.status_code == 403
    assert (desk.status()["state"], desk.streamer.time_delta) == ("stopped", NEVER)


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_our_own_page_can(desk: Desk, site: str) -> None:
    answer = desk.client.post("/time_delta", data={"t_delta": "7"}, headers={"Sec-Fetch-Site": site})
    assert (answer.status_code, desk.streamer.time_delta) == (200, 7.0)


@pytest.mark.parametrize("path", ["/start_streaming", "/stop_streaming", "/time_delta"])
def test_nothing_is_changed_by_a_get(desk: Desk, path: str) -> None:
    assert desk.client.get(path, query_string={"t_delta": "0"}).status_code == 405
    assert (desk.status()["state"], desk.streamer.time_delta) == ("stopped", NEVER)


def test_free_disk_is_that_of_the_disk_that_will_hold_the_folder(tmp_path: Path) -> None:
    assert 0 < free_disk(tmp_path / "not" / "there" / "yet") < 1


def test_topics_that_must_stay_are_refused_with_the_reason_and_nothing_is_started(tmp_path: Path) -> None:
    replay = Replay((Topic("meteo", 4),), False, tmp_path / "p.json", NEVER, "they belong to a checkpoint")
    streamer = Streamer(ListSource(TEN), ListOutlet(), replay)
    client = create_app(streamer, lambda: None, lambda: 0.5).test_client()
    answer = client.post("/start_streaming", data={"recreate_topics": "1"})
    assert (answer.status_code, answer.get_json()["message"]) == (409, "they belong to a checkpoint")
    assert streamer.status()["state"] == "stopped"


@pytest.mark.parametrize("name", sources.SOURCES)
def test_the_page_of_each_source_has_a_column_for_each_field_that_it_names(
    tmp_path: Path, environment: dict[str, str], name: str
) -> None:
    shown = registry.chosen(Variables(environment | {"STREAM_SOURCE": name})).page
    streamer = Streamer(ListSource(TEN), ListOutlet(), Replay((Topic("meteo", 4),), False, tmp_path / "p.json", NEVER))
    text = create_app(streamer, lambda: None, lambda: 0.5, shown).test_client().get("/").get_data(as_text=True)
    assert re.findall(r'data-column="(\w+)"', text) == [column.field for column in shown.columns]
    assert f'data-row-key="{shown.row_key}"' in text
    assert ('id="map"' in text) is (name in ("meteofrance", "stations"))
    table = (Path(app.__file__).parent / "static" / "table.js").read_text()
    assert not [column.field for column in shown.columns if f"  {column.field}: " not in table]
