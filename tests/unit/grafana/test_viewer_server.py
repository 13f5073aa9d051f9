"""The viewer's server: what it passes on to InfluxDB, what it refuses, and that its token stays inside."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from grafana.viewer import build
from grafana.viewer.config import DASHBOARDS, Viewer
from grafana.viewer.server import MOST_QUERY_BYTES, create_app
from grafana.viewer.store import Store
from testing.environment import free_port
from weather import settings
from weather.secrets import write_secret

TOKEN = "the-read-token"
CSV = b"#datatype,string\r\n,result\r\n,_result\r\n"

Answer = Callable[[BaseHTTPRequestHandler], None]


def say(status: int, body: bytes, kind: str = "application/json") -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


class InfluxDBInTrouble:
    """Answers every request as a test says; a real InfluxDB does not fail on demand."""

    def __init__(self) -> None:
        self.answer: Answer = say(200, CSV, "text/csv")
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        trouble = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                trouble.answer(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                trouble.asked.append((self.path, dict(self.headers), body))
                trouble.answer(self)

            def log_message(self, format: str, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def influxdb() -> Iterator[InfluxDBInTrouble]:
    server = InfluxDBInTrouble()
    yield server
    server.end()


@pytest.fixture
def config(influxdb: InfluxDBInTrouble, tmp_path: Path) -> Viewer:
    options = settings.InfluxDB(influxdb.url, "org", "meteo", "monitoring", tmp_path / "secrets")
    write_secret(options.read_token_file, TOKEN)
    bundle, dashboards = tmp_path / "bundle", tmp_path / "dashboards"
    dashboards.mkdir()
    (bundle / "world").mkdir(parents=True)
    for name in ("index.html", "app.js", "app.js.gz", "world/10m.json"):
        (bundle / name).write_text(f"this is {name}")
    return Viewer("127.0.0.1", 3000, dashboards, bundle, options)


@pytest.fixture
def client(config: Viewer) -> FlaskClient:
    return create_app(config, Store(config.influxdb)).test_client()


def write_board(config: Viewer, name: str, **board: object) -> None:
    (config.dashboards / name).write_text(json.dumps(board), encoding="utf-8")


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
    client = create_app(config, Store(config.influxdb, most_bytes=megabyte)).test_client()
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
    client = create_app(config, Store(config.influxdb, most_seconds=0.3)).test_client()
    for slow in (lambda request: ended.wait(10), trickle):
        influxdb.answer = slow  # type: ignore[assignment]
        response = client.post("/api/query", json={"query": "x"})
        assert response.status_code == 504
        assert "longer than 0.3 s" in response.get_json()["message"]
    ended.set()


def test_a_query_that_is_too_long_is_refused(client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    response = client.post("/api/query", json={"query": "x" * MOST_QUERY_BYTES})
    assert (response.status_code, response.get_json()) == (413, {"message": "a query may have 64 KiB"})
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


def test_the_settings_name_both_datasources_and_no_secret(client: FlaskClient) -> None:
    answer = client.get("/api/settings").get_json()
    assert (answer["organization"], answer["defaultBucket"]) == ("org", "meteo")
    assert [(one["uid"], one["defaultBucket"]) for one in answer["datasources"]] == [
        ("influxdb", "meteo"),
        ("monitoring", "monitoring"),
    ]


def test_dashboards_are_read_at_each_request(client: FlaskClient, config: Viewer) -> None:
    assert client.get("/api/dashboards").get_json() == []
    write_board(config, "b.json", uid="b", title="Beta", panels=[])
    write_board(config, "a.json", uid="a", title="Alpha", description="first", tags=["x"], panels=[])
    assert client.get("/api/dashboards").get_json() == [
        {"uid": "a", "title": "Alpha", "description": "first", "tags": ["x"]},
        {"uid": "b", "title": "Beta", "description": "", "tags": []},
    ]
    assert client.get("/api/dashboards/b").get_json()["title"] == "Beta"
    write_board(config, "b.json", uid="b", title="Gamma", panels=[])
    assert client.get("/api/dashboards/b").get_json()["title"] == "Gamma"


def test_a_file_that_is_no_dashboard_hides_no_other(client: FlaskClient, config: Viewer) -> None:
    (config.dashboards / "broken.json").write_text("{", encoding="utf-8")
    (config.dashboards / "list.json").write_text("[]", encoding="utf-8")
    write_board(config, "good.json", uid="good", title="Good")
    assert [board["uid"] for board in client.get("/api/dashboards").get_json()] == ["good"]


@pytest.mark.parametrize("uid", ["nowhere", "..%2F..%2Fsecrets", "good.json"])
def test_a_dashboard_that_is_not_there_is_said(uid: str, client: FlaskClient, config: Viewer) -> None:
    write_board(config, "good.json", uid="good", title="Good")
    response = client.get(f"/api/dashboards/{uid}")
    assert response.status_code == 404
    assert response.get_json()["message"]


def test_home_is_the_first_dashboard_in_the_order_of_use_and_keeps_the_choices(
    client: FlaskClient, config: Viewer
) -> None:
    assert client.get("/").location == "/dashboards", "there is none"
    for uid in ("pipeline", "another", "meteo", "station"):
        write_board(config, f"{uid}.json", uid=uid, title=uid)
    assert client.get("/?theme=dark&kiosk").location == "/d/station?theme=dark&kiosk"
    assert [entry["uid"] for entry in client.get("/api/dashboards").get_json()] == [
        "station", "meteo", "pipeline", "another",
    ]  # fmt: skip


@pytest.mark.parametrize("path", ["/dashboards", "/d/meteo", "/d/meteo/some-title?var-station=A"])
def test_every_page_is_the_same_file(path: str, client: FlaskClient) -> None:
    response = client.get(path)
    assert (response.status_code, response.mimetype, response.text) == (200, "text/html", "this is index.html")


def test_files_go_compressed_to_those_who_take_that(client: FlaskClient) -> None:
    plain = client.get("/static/app.js")
    assert (plain.text, plain.mimetype) == ("this is app.js", "text/javascript")
    compressed = client.get("/static/app.js", headers={"Accept-Encoding": "gzip, br"})
    assert compressed.data == b"this is app.js.gz"
    assert compressed.headers["Content-Encoding"] == "gzip"
    assert compressed.mimetype == "text/javascript"
    again = client.get("/static/app.js", headers={"If-None-Match": plain.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/static/world/10m.json").status_code == 200


@pytest.mark.parametrize("name", ["../secrets/influxdb_read_token", "..%2fsecrets%2finfluxdb_read_token", "none.js"])
def test_files_outside_the_bundle_are_not_served(name: str, client: FlaskClient) -> None:
    response = client.get(f"/static/{name}")
    assert response.status_code == 404
    assert TOKEN not in response.text


def test_a_page_that_was_not_built_says_what_to_do(config: Viewer) -> None:
    bare = replace(config, bundle=config.bundle / "absent")
    response = create_app(bare, Store(bare.influxdb)).test_client().get("/dashboards")
    assert response.status_code == 503
    assert "npm was not found when the stack was set up" in response.text
    assert "./build_setup.sh" in response.text


def test_every_answer_is_hardened_and_none_holds_the_token(client: FlaskClient, influxdb: InfluxDBInTrouble) -> None:
    influxdb.answer = say(400, b'{"message": "no"}')
    answers = [
        client.get("/"),
        client.get("/static/app.js"),
        client.get("/api/settings"),
        client.get("/api/health"),
        client.get("/api/dashboards"),
        client.get("/nowhere"),
        client.post("/api/query", json={"query": "x"}),
        client.post("/api/query", data="x"),
    ]
    for response in answers:
        policy = response.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "script-src" not in policy  # scripts fall under default-src: files of this server
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "same-origin"
        assert TOKEN not in response.text
        assert TOKEN not in str(response.headers)


def test_the_settings_come_from_the_environment(tmp_path: Path) -> None:
    environment = {
        "HOST": "127.0.0.1", "GRAFANA_PORT": "3000", "VIEWER_BUNDLE": "/bundle", "STACK_HOME": str(tmp_path),
        "INFLUXDB_PORT": "8086", "INFLUXDB_ORG": "org", "INFLUXDB_BUCKET": "meteo",
        "INFLUXDB_MONITORING_BUCKET": "monitoring", "INFLUXDB_BATCH_LINES": "5000",
    }  # fmt: skip
    config = Viewer.load(settings.Variables(environment))
    assert (config.port, config.bundle, config.dashboards) == (3000, Path("/bundle"), DASHBOARDS)
    assert config.influxdb.url == "http://127.0.0.1:8086"
    elsewhere = Viewer.load(settings.Variables(environment | {"GRAFANA_DASHBOARDS": str(tmp_path)}))
    assert elsewhere.dashboards == tmp_path


def test_the_page_is_built_away_from_the_checkout(tmp_path: Path) -> None:
    commands: list[tuple[list[str], Path]] = []

    def run(title: str, command: list[str], folder: Path) -> None:
        assert (folder / "package-lock.json").is_file()
        assert (folder / "src" / "main.tsx").is_file()
        commands.append((command, folder))

    build.build(tmp_path, run)
    assert [command[:2] for command, _ in commands] == [["npm", "ci"], ["npm", "run"]]
    assert commands[1][0][-1] == str(tmp_path)
    assert not any(folder.exists() for _, folder in commands)
    assert build.FOLDER not in [folder for _, folder in commands]


def test_another_source_is_another_bundle(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "package.json").write_text("{}")
    monkeypatch.setattr(build, "FOLDER", tmp_path)
    first = build.bundle_digest()
    (tmp_path / "src" / "main.tsx").write_text("x")
    second = build.bundle_digest()
    (tmp_path / "src" / "main.tsx").rename(tmp_path / "src" / "other.tsx")
    assert len({first, second, build.bundle_digest()}) == 3
