"""The dashboards, pages, files and settings that the viewer's server hands out, and that its token stays inside."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask.testing import FlaskClient

from grafana.viewer.config import Viewer
from grafana.viewer.server import create_app
from grafana.viewer.store import Store
from tests.unit.grafana.influxdb_in_trouble import TOKEN, InfluxDBInTrouble, say


def write_board(config: Viewer, name: str, **board: object) -> None:
    (config.dashboards / name).write_text(json.dumps(board), encoding="utf-8")


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
    assert "The set-up did not find npm" in response.text
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
