"""The buttons, the slider and the field of the live page, and changes that are made elsewhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, expect

from tests.integration.live_page.stage import TIME_DELTA, ListSource, OpenStage, Stage, post, reading


def test_the_slider_changes_the_rate_that_the_server_keeps(stage: Stage) -> None:
    slider = stage.page.get_by_role("slider")
    expect(slider).to_have_value("270")  # 500 rows/s
    for place, delta, words in (
        ("200", 0.01, "100 rows/s"),
        ("0", 1.0, "1 row/s"),
        ("405", 0.0, "as fast as possible"),
    ):
        with stage.page.expect_response("**/time_delta"):
            slider.fill(place)
        expect(stage.page.locator("#pace")).to_have_text(words)
        assert stage.streamer.time_delta == delta
        stage.wait_for_polls()
        expect(slider).to_have_value(place)
        expect(stage.page.get_by_label("Seconds between rows")).to_have_value(f"{delta:g}")


def test_the_slider_stays_in_the_hand_that_drags_it(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    slider = stage.page.get_by_role("slider")
    box = slider.bounding_box()
    assert box is not None
    middle = box["y"] + box["height"] / 2
    stage.page.mouse.move(box["x"] + box["width"] * 0.5, middle)
    with stage.page.expect_response("**/time_delta"):
        stage.page.mouse.down()
    held = slider.input_value()
    dragged_to = stage.streamer.time_delta
    assert dragged_to == pytest.approx(0.01, rel=0.2)
    post(stage, "time_delta", "t_delta=0.7")
    stage.wait_for_polls(3)
    expect(slider).to_have_value(held)
    stage.page.mouse.up()
    expect(stage.page.locator("#pace")).to_have_text("1.43 rows/s")


def test_an_answer_older_than_a_change_does_not_undo_it(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    stage.page.evaluate(
        "window.shown = []; new MutationObserver(() => shown.push(document.getElementById('pace').textContent))"
        ".observe(document.getElementById('pace'), {childList: true})"
    )
    held: list[Route] = []
    with stage.page.expect_request("**/status"):
        stage.page.route("**/status", lambda route: held.append(route), times=1)
    old_answer = stage.streamer.status()
    with stage.page.expect_response("**/time_delta"):
        stage.page.get_by_role("slider").fill("200")
    expect(stage.page.locator("#pace")).to_have_text("100 rows/s")
    with stage.page.expect_response("**/status"):
        held[0].fulfill(json=old_answer)
    stage.wait_for_polls()
    assert set(stage.page.evaluate("shown")) == {"100 rows/s"}


def test_exact_seconds_are_kept_by_the_server(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    stage.page.get_by_label("Seconds between rows").fill("0.0375")
    stage.wait_for_polls()  # the field is not overwritten before it is sent
    stage.page.get_by_role("button", name="Set").click()
    expect(stage.page.locator("#message")).to_have_text("time delta is now 0.0375 s")
    assert stage.streamer.time_delta == 0.0375


def test_an_invalid_delta_shows_the_servers_message_and_changes_nothing(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    stage.page.get_by_label("Seconds between rows").fill("-1")
    stage.page.keyboard.press("Enter")
    message = stage.page.locator("#message")
    expect(message).to_have_text("the time delta '-1' must be a finite number of seconds, zero or more")
    expect(message).to_have_class("bad")
    assert stage.streamer.time_delta == TIME_DELTA
    expect(stage.page.locator("#pace")).to_have_text("500 rows/s")
    assert [text for text in stage.complaints if "400" not in text] == []
    stage.complaints.clear()  # the browser itself notes each refused request


def test_a_change_made_elsewhere_shows_in_the_page(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    post(stage, "time_delta", "t_delta=0.05")
    expect(stage.page.locator("#pace")).to_have_text("20 rows/s")
    expect(stage.page.get_by_role("slider")).to_have_value("130")
    expect(stage.page.get_by_label("Seconds between rows")).to_have_value("0.05")
    post(stage, "start_streaming")
    expect(stage.page.locator("#state")).to_have_text("running")
    expect(stage.page.get_by_role("button", name="Start", exact=True)).to_be_disabled()


def test_stopping_shows_stopped_and_starting_goes_on_from_there(running: Stage) -> None:
    running.page.get_by_role("button", name="Stop").click()
    expect(running.page.locator("#state")).to_have_text("stopped")
    expect(running.page.locator("#message")).to_have_text("streaming stopped")
    stopped_at = running.streamer.status()["position"]
    running.wait_for_polls()
    expect(running.page.locator("#progress")).to_have_js_property("value", stopped_at)
    running.page.get_by_role("button", name="Start", exact=True).click()
    running.page.wait_for_function("(row) => document.getElementById('progress').value > row", arg=stopped_at)


def test_starting_over_begins_with_the_first_hour_again(running: Stage) -> None:
    post(running, "time_delta", "t_delta=1")
    expect(running.page.locator("#pace")).to_have_text("1 row/s")
    expect(running.page.locator("#observation_hour")).not_to_have_text(re.compile("2014-01-01"))
    running.page.get_by_role("button", name="Start over").click()
    expect(running.page.locator("#observation_hour")).to_have_text("2014-01-01 00:00 UTC")
    expect(running.page.locator("#state")).to_have_text("running")


def test_the_end_of_the_data_shows_as_finished(open_stage: OpenStage) -> None:
    stage = open_stage(ListSource(reading("1", "A", T=3.25), reading("2", "B", T=-4), reading("1", "A", UN=80, UX=90)))
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("finished")
    expect(stage.page.locator("#progress-text")).to_have_text("3 of 3 rows · 100.0 %")
    expect(stage.page.locator("#rows_sent")).to_have_text("3")
    expect(stage.page.locator("tr[data-station='2']")).to_contain_text("−4.0")
    expect(stage.page.locator("tr[data-station='1']")).to_contain_text("80–90")
    expect(stage.page.locator("#source")).to_have_text("three readings")
