"""Status, health, metrics, latest readings and the page, as HTTP answers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import registry
from datastream.web import app
from datastream.web.app import create_app
from datastream.web.metrics import free_disk
from testing.doubles import ListSink, ListSource, wait_for_end_of_replay
from tests.unit.datastream.web.desk import NEVER, STATUS, TEN, Desk
from weather.errors import RejectedRecord, SourceError
from weather.settings import Variables, sources


def test_the_status_is_json_of_all_figures(desk: Desk) -> None:
    assert set(desk.status()) == STATUS
    assert desk.status()["state"] == "stopped"
    desk.post("/start_streaming")
    desk.sink.wait_for(1)
    desk.post("/stop_streaming")
    status = desk.status()
    assert (status["rows_sent"], status["observation_hour"], status["file"]) == (1, "2014010100", "list")


def test_a_source_that_cannot_be_read_shows_in_the_status(desk: Desk) -> None:
    desk.source.error = SourceError("H.csv: the file is empty")
    desk.streamer.time_delta = 0
    desk.post("/start_streaming")
    wait_for_end_of_replay()
    assert (desk.status()["state"], desk.status()["problem"]) == ("failed", "H.csv: the file is empty")


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
    desk.sink.wait_for(2)
    assert metrics(desk)["datastream_running"] == 1
    desk.post("/stop_streaming")
    assert metrics(desk) == {
        "datastream_rows_sent_total": 1,
        "datastream_rows_failed_total": 0,
        "datastream_rows_skipped_total": 3,
        "datastream_rows_rejected_total": 1,
        "datastream_rows_repaired_total": 0,
        "datastream_rows_late_total": 0,
        "datastream_rows_rolled_back_total": 0,
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
    desk.sink.wait_for(10)
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


def test_free_disk_is_that_of_the_disk_that_will_hold_the_folder(tmp_path: Path) -> None:
    assert 0 < free_disk(tmp_path / "not" / "there" / "yet") < 1


@pytest.mark.parametrize("name", sources.SOURCES)
def test_the_page_of_each_source_has_a_column_for_each_field_that_it_names(
    tmp_path: Path, environment: dict[str, str], name: str
) -> None:
    shown = registry.chosen(Variables(environment | {"STREAM_SOURCE": name})).page
    streamer = Streamer(ListSource(TEN), ListSink(), Replay((Topic("meteo", 4),), False, tmp_path / "p.json", NEVER))
    text = create_app(streamer, lambda: None, lambda: 0.5, shown).test_client().get("/").get_data(as_text=True)
    assert re.findall(r'data-column="(\w+)"', text) == [column.field for column in shown.columns]
    assert f'data-row-key="{shown.row_key}"' in text
    assert ('id="map"' in text) is (name in ("meteofrance", "stations"))
    if name == "csv":
        return  # table.js shows any field
    table = (Path(app.__file__).parent / "static" / "table.js").read_text()
    assert not [column.field for column in shown.columns if f"  {column.field}: " not in table]
