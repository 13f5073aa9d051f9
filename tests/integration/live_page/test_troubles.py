"""What the live page shows of problems and failures, and how it goes on when it gets no answer."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Request, Route, expect

from datastream.sources.meteofrance.source import MeteoFrance
from tests.integration.live_page.stage import STATIONS, OpenStage, Stage, served


def test_a_problem_is_shown_while_it_lasts(stage: Stage) -> None:
    problem = stage.page.locator("#problem")
    stage.sink.away = "Kafka at 127.0.0.1:9092 does not answer"
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(problem).to_have_text("Kafka at 127.0.0.1:9092 does not answer")
    expect(stage.page.locator("#state")).to_have_text("running")
    stage.sink.away = ""
    expect(problem).to_be_hidden()


def test_a_failure_is_shown_with_its_reason(open_stage: OpenStage, tmp_path: Path) -> None:
    stage = open_stage(MeteoFrance(tmp_path / "absent.csv"))
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("failed")
    expect(stage.page.locator("#problem")).to_contain_text("absent.csv: there is no such file or folder")
    expect(stage.page.get_by_role("button", name="Start", exact=True)).to_be_enabled()


def test_a_lost_connection_is_said_and_the_page_recovers(running: Stage) -> None:
    running.server.end()
    expect(running.page.locator("#lost")).to_contain_text("Connection lost")
    expect(running.page.locator("#state")).to_have_text("no connection")
    expect(running.page.locator("#stations tbody tr")).to_have_count(STATIONS)
    running.page.get_by_role("button", name="Stop").click()
    expect(running.page.locator("#message")).to_contain_text("does not answer")
    running.server = served(running.streamer, running.server.port)
    expect(running.page.locator("#lost")).to_be_hidden()
    expect(running.page.locator("#state")).to_have_text("running")
    assert [text for text in running.complaints if "ERR_" not in text] == []
    running.complaints.clear()  # the browser itself notes each request without an answer


def test_the_page_waits_for_an_answer_before_it_asks_again(open_stage: OpenStage) -> None:
    stage = open_stage(movable_clock=True)
    unanswered: list[Route] = []
    with stage.page.expect_request("**/status"):
        stage.page.route("**/status", lambda route: unanswered.append(route))
    stage.page.clock.fast_forward(4000)
    stage.page.evaluate("'requests are told in order: one made by now would be known'")
    assert len(unanswered) == 1
    with stage.page.expect_request("**/status"):
        unanswered[0].continue_()


def test_a_streamer_that_hangs_counts_as_lost(open_stage: OpenStage) -> None:
    stage = open_stage(movable_clock=True)
    with stage.page.expect_request("**/status"):
        stage.page.route("**/status", lambda route: None)
    stage.page.clock.fast_forward(6000)
    expect(stage.page.locator("#lost")).to_contain_text("Connection lost", timeout=8000)
    expect(stage.page.locator("#observation_hour")).to_be_visible()


def test_a_hidden_tab_asks_less_often_and_at_once_when_it_is_seen_again(open_stage: OpenStage) -> None:
    stage = open_stage(movable_clock=True)
    asked: list[Request] = []
    stage.page.on("request", lambda request: asked.append(request))

    def hide(hidden: bool) -> None:
        with stage.page.expect_response("**/status", timeout=3000):
            stage.page.evaluate(
                "(hidden) => { Object.defineProperty(document, 'hidden', {configurable: true, value: hidden});"
                " document.dispatchEvent(new Event('visibilitychange')); }",
                hidden,
            )

    hide(True)
    asked.clear()
    stage.page.clock.fast_forward(5000)
    stage.page.evaluate("'requests are told in order: one made by now would be known'")
    assert asked == []
    hide(False)
