"""The table and the map of the live page: what they show, and how rows and dots are pointed at."""

from __future__ import annotations

import re

import orjson
from playwright.sync_api import expect

from tests.integration.live_page.stage import STATIONS, ListSource, OpenStage, Stage, coast, column, reading
from weather.reading import STATION_NAME


def test_the_page_shows_the_state_and_starts_the_stream(stage: Stage) -> None:
    expect(stage.page.locator("#state")).to_have_text("stopped")
    expect(stage.page.get_by_role("button", name="Stop")).to_be_disabled()
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("running")
    expect(stage.page.locator("#message")).to_have_text("streaming started")
    expect(stage.page.locator("#observation_hour")).to_have_text(re.compile(r"^2014-01-\d\d \d\d:00 UTC$"))
    expect(stage.page.locator("#progress-text")).to_contain_text("of 36,962 rows")
    assert stage.streamer.status()["state"] == "running"


def test_the_table_fills_with_fifty_stations_and_goes_on_updating(running: Stage) -> None:
    hours = "[...document.querySelectorAll('#stations tbody tr')].map((row) => row.cells[1].title)"
    before = running.page.evaluate(hours)
    assert re.fullmatch(r"2014-01-\d\d \d\d:00 UTC", before[0])
    running.page.wait_for_function(
        f"(before) => {hours}.filter((hour, index) => hour > before[index]).length > 40", arg=before
    )
    expect(running.page.locator("#map circle.dot")).to_have_count(STATIONS)
    expect(running.page.locator("#station-count")).to_have_text("50 stations")


def test_the_table_shows_what_the_streamer_sent(running: Stage) -> None:
    running.page.get_by_role("button", name="Stop").click()
    expect(running.page.locator("#state")).to_have_text("stopped")
    running.wait_for_polls()
    shown = dict(zip(column(running, STATION_NAME), column(running, "T"), strict=True))
    sent = [orjson.loads(value) for value in running.streamer.latest()]
    expected = {r[STATION_NAME]: f"{r['T']:.1f}".replace("-", "−") if "T" in r else "–" for r in sent}
    assert shown == expected
    assert "–" in expected.values()


def test_a_column_is_sorted_both_ways_with_missing_values_last(running: Stage) -> None:
    running.streamer.stop()
    running.wait_for_polls()
    for direction, falling in (("ascending", False), ("descending", True)):
        running.page.get_by_role("button", name="Temp.").click()
        expect(running.page.locator("th[data-column=T]")).to_have_attribute("aria-sort", direction)
        texts = column(running, "T")
        values = [float(text.replace("−", "-")) for text in texts if text != "–"]
        assert values == sorted(values, reverse=falling)
        assert texts[len(values) :] == ["–"] * (STATIONS - len(values))


def test_a_row_and_its_dot_point_at_each_other(running: Stage) -> None:
    running.streamer.stop()
    row = running.page.locator("tr[data-station='85163001']")
    dot = running.page.locator("circle[data-station='85163001']")
    row.hover()
    expect(dot).to_have_class(re.compile("pointed"))
    expect(running.page.locator("#tip")).to_contain_text("NOIRMOUTIER EN")
    running.page.locator("h1").hover()
    expect(dot).not_to_have_class(re.compile("pointed"))
    expect(running.page.locator("#tip")).to_be_hidden()
    first_row = running.page.locator("tr[data-station='56004001']")
    expect(first_row).not_to_be_in_viewport()
    running.page.locator("circle[data-station='56004001']").hover()
    expect(first_row).to_have_class(re.compile("pointed"))
    expect(first_row).to_be_in_viewport()


def test_the_keyboard_walks_through_the_rows_while_they_move(running: Stage) -> None:
    running.page.get_by_role("button", name="Temp.").click()
    running.page.keyboard.press("Tab")
    while running.page.evaluate("document.activeElement.tagName") != "TR":
        running.page.keyboard.press("Tab")
    running.page.keyboard.press("ArrowDown")
    station = running.page.evaluate("document.activeElement.dataset.station")
    running.wait_for_polls(4)
    assert running.page.evaluate("document.activeElement.dataset.station") == station
    expect(running.page.locator(f"circle[data-station='{station}']")).to_have_class(re.compile("pointed"))


def test_a_row_that_comes_under_a_resting_pointer_is_not_pointed_at(running: Stage) -> None:
    running.streamer.stop()
    row = running.page.locator("#stations tbody tr").nth(4)
    row.hover()
    running.page.evaluate(
        "() => new Promise((come) => {"
        " document.querySelector('#stations tbody').addEventListener('pointerover', come, {once: true});"
        " document.querySelector('.scroll').scrollTop += 90; })"
    )
    assert "pointed" in (row.get_attribute("class") or "")


def test_data_is_shown_as_text_never_as_markup(open_stage: OpenStage) -> None:
    name = "<img src=x onerror=alert(1)><b>X"
    stage = open_stage(ListSource(reading("1'\"<i>", name, T=1.0, FF=3.0, DD=200)))
    stage.streamer.start()
    row = stage.page.locator("#stations tbody tr")
    row.hover()
    assert column(stage, STATION_NAME) == [name]
    expect(stage.page.locator("#tip strong")).to_have_text(name)
    expect(stage.page.locator("tbody img, tbody b, #tip img, #tip b")).to_have_count(0)
    expect(row).to_contain_text("SSW")


def test_a_phone_shows_all_without_scrolling_sideways(open_stage: OpenStage) -> None:
    stage = open_stage(viewport={"width": 360, "height": 740})
    stage.streamer.start()
    expect(stage.page.locator("#stations tbody tr")).not_to_have_count(0)
    assert stage.page.evaluate("document.documentElement.scrollWidth") == 360


def test_the_map_has_coasts_within_its_frame(running: Stage) -> None:
    running.page.wait_for_function("document.querySelector('#map .coasts').getAttribute('d')")
    assert len(coast(running)) > 100, "Brittany"
    assert running.page.locator("#map .coasts").get_attribute("clip-path") == "url(#frame)"
