"""What the viewer's server passes on to InfluxDB, and what it refuses."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler

import pytest
from flask.testing import FlaskClient

from grafana.viewer.config import Viewer
from grafana.viewer.server import MAX_QUERY_BYTES, create_app
from grafana.viewer.store import Store
from testing.environment import free_port
from tests.unit.grafana.influxdb_in_trouble import CSV, TOKEN, InfluxDBInTrouble, say


def test_a_query_is_asked_with_the_read_token_and_answered_as_csv(
    client: FlaskClient, influxdb: InfluxDBInTrouble
) -> None:
    response = client.post("/api/query", json={"query": "buckets()"})
    assert (response.status_code, response.mimetype, response.data) == (200, "text/csv", CSV)
    [(path, headers, body)] = influxdb.asked
    assert path == "/api/v2/query?org=org"
    assert headers["Authorization"] == f"Token {TOKEN}"
    asked = json.loads(body)
    assert asked["query"] == "buckets()"
    assert asked["dialect"]["annotations"] == ["datatype", "group", "default"]


def test_influxdbs_own_message_is_passed_on(client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    influxdb.answer = say(400, b'{"code": "invalid", "message": "compilation failed: undefined identifier x"}')
    response = client.post("/api/query", json={"query": "x"})
    assert response.status_code == 400
    assert response.get_json() == {"message": "compilation failed: undefined identifier x"}


@pytest.mark.parametrize("body", [b"<html>", b"[]", b""])
def test_an_error_without_a_message_is_said_by_its_number(
    body: bytes, client: FlaskClient, influxdb: InfluxDBInTrouble
) -> None:
    influxdb.answer = say(502, body)
    assert client.post("/api/query", json={"query": "x"}).get_json() == {"message": "InfluxDB answers 502"}


def test_a_token_that_influxdb_does_not_know_says_what_to_do(client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    influxdb.answer = say(401, b'{"code": "unauthorized", "message": "unauthorized access"}')
    response = client.post("/api/query", json={"query": "x"})
    assert response.status_code == 503
    assert "./build_setup.sh" in response.get_json()["message"]


def test_an_influxdb_that_is_away_is_said(config: Viewer) -> None:
    away = replace(config, influxdb=replace(config.influxdb, url=f"http://127.0.0.1:{free_port()}"))
    client = create_app(away, Store(away.influxdb)).test_client()
    response = client.post("/api/query", json={"query": "x"})
    assert response.status_code == 503
    assert "does not answer" in response.get_json()["message"]
    assert client.get("/api/health").status_code == 503


def test_a_missing_token_is_said_without_asking(
    client: FlaskClient, config: Viewer, influxdb: InfluxDBInTrouble
) -> None:
    config.influxdb.read_token_file.unlink()
    response = client.post("/api/query", json={"query": "x"})
    assert response.status_code == 503
    assert "./build_setup.sh" in response.get_json()["message"]
    assert influxdb.asked == []


def test_an_answer_that_is_too_large_is_refused(config: Viewer, influxdb: InfluxDBInTrouble) -> None:
    megabyte = 1024 * 1024
    client = create_app(config, Store(config.influxdb, max_bytes=megabyte)).test_client()
    influxdb.answer = say(200, b"x" * megabyte, "text/csv")
    assert client.post("/api/query", json={"query": "x"}).status_code == 200
    influxdb.answer = say(200, b"x" * (megabyte + 1), "text/csv")
    response = client.post("/api/query", json={"query": "x"})
    assert response.status_code == 413
    assert "larger than 1 MB" in response.get_json()["message"]


def trickle(request: BaseHTTPRequestHandler) -> None:
    """Bytes that keep coming, each in time, but never end."""
    request.send_response(200)
    request.end_headers()
    try:
        while True:
            request.wfile.write(b"x" * 70_000)
            time.sleep(0.05)
    except OSError:
        return


def test_a_query_that_takes_too_long_is_given_up(config: Viewer, influxdb: InfluxDBInTrouble) -> None:
    ended = threading.Event()
    client = create_app(config, Store(config.influxdb, max_seconds=0.3)).test_client()
    for slow in (lambda request: ended.wait(10), trickle):
        influxdb.answer = slow  # type: ignore[assignment]
        response = client.post("/api/query", json={"query": "x"})
        assert response.status_code == 504
        assert "longer than 0.3 s" in response.get_json()["message"]
    ended.set()


def test_a_query_that_is_too_long_is_refused(client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    response = client.post("/api/query", json={"query": "x" * MAX_QUERY_BYTES})
    assert (response.status_code, response.get_json()) == (413, {"message": "the query is larger than 64 KiB"})
    assert influxdb.asked == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", None])
def test_a_form_of_another_site_cannot_ask(kind: str | None, client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    response = client.post("/api/query", data='{"query": "buckets()"}', content_type=kind)
    assert response.status_code == 415
    assert client.get("/api/query?query=buckets()").status_code == 405
    assert client.options("/api/query").headers.get("Access-Control-Allow-Origin") is None
    assert influxdb.asked == []


@pytest.mark.parametrize("body", ["{", "[]", "{}", '{"query": ""}', '{"query": 1}', '"buckets()"'])
def test_a_body_without_a_query_is_refused(body: str, client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    response = client.post("/api/query", data=body, content_type="application/json")
    assert response.status_code == 400
    assert response.get_json()["message"]
    assert influxdb.asked == []


def test_health_is_that_of_the_database(client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    response = client.get("/api/health")
    assert (response.status_code, response.get_json()) == (200, {"database": "ok", "viewer": True})
    influxdb.answer = say(503, b'{"status": "fail"}')
    response = client.get("/api/health")
    assert (response.status_code, response.get_json()["viewer"]) == (503, True)
