"""Start, stop and time delta by HTTP; who may change them, and what is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.web.app import create_app
from testing.doubles import ListSink, ListSource
from tests.unit.datastream.web.desk import NEVER, STATUS, TEN, Desk


def test_a_start_is_answered_with_the_status_and_a_second_one_says_that_it_runs_already(desk: Desk) -> None:
    answer = desk.post("/start_streaming")
    assert (answer["message"], answer["state"]) == ("streaming started", "running")
    assert set(answer) >= STATUS
    assert desk.post("/start_streaming")["message"] == "streaming is already running"


def test_a_stop_is_answered_when_the_stream_has_ended(desk: Desk) -> None:
    assert desk.post("/stop_streaming")["message"] == "streaming was not running"
    desk.post("/start_streaming")
    desk.sink.wait_for(1)
    answer = desk.post("/stop_streaming")
    assert (answer["message"], answer["state"], answer["rows_sent"]) == ("streaming stopped", "stopped", 1)


def test_a_start_goes_on_and_a_restart_begins_anew(desk: Desk) -> None:
    forms: list[dict[str, str]] = [{}, {}, {"restart": "1"}, {"restart": "0"}]
    for count, form in enumerate(forms, start=1):
        desk.post("/start_streaming", **form)
        desk.sink.wait_for(count)
        desk.post("/stop_streaming")
    assert desk.sink.values() == [TEN[0].value, TEN[1].value, TEN[0].value, TEN[1].value]


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


def test_topics_that_must_stay_are_refused_with_the_reason_and_nothing_is_started(tmp_path: Path) -> None:
    replay = Replay((Topic("meteo", 4),), False, tmp_path / "p.json", NEVER, "they belong to a checkpoint")
    streamer = Streamer(ListSource(TEN), ListSink(), replay)
    client = create_app(streamer, lambda: None, lambda: 0.5).test_client()
    answer = client.post("/start_streaming", data={"recreate_topics": "1"})
    assert (answer.status_code, answer.get_json()["message"]) == (409, "they belong to a checkpoint")
    assert streamer.status()["state"] == "stopped"
