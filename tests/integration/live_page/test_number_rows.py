"""Rows whose key is a number or whose values are sentinels, and rows that come again: what tsc found to be wrong."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from datastream.sources import pages
from tests.integration.live_page.stage import ListSource, OpenStage, Stage, column, reading

TEMPERATURES = {53131: -3.5, 53132: -9999.0, 53133: 12.0, 53134: -99.0, 53135: 4.0}


def five_minute_row(station: int, temperature: float) -> dict[str, str | float]:
    """The part of a USCRN row that the page shows."""
    moment = {"LST_DATE": "20210101", "LST_TIME": "0005"}
    return reading(str(station), "", WBANNO=station, AIR_TEMPERATURE=temperature) | moment


@pytest.fixture
def uscrn(open_stage: OpenStage) -> Stage:
    """The page with one row of each station."""
    rows = [five_minute_row(station, temperature) for station, temperature in TEMPERATURES.items()]
    stage = open_stage(ListSource(*rows), shown=pages.USCRN)
    stage.streamer.start()
    expect(stage.page.locator("#stations tbody tr")).to_have_count(len(TEMPERATURES))
    return stage


def test_missing_values_that_are_sent_as_sentinels_are_sorted_last_both_ways(uscrn: Stage) -> None:
    assert column(uscrn, "WBANNO") == [str(station) for station in TEMPERATURES]
    for sorted_values in (["−3.5", "4.0", "12.0"], ["12.0", "4.0", "−3.5"]):
        uscrn.page.get_by_role("button", name="Temp.").click()
        assert column(uscrn, "AIR_TEMPERATURE") == [*sorted_values, "–", "–"]


def test_a_row_whose_key_is_a_number_is_marked_under_the_pointer(uscrn: Stage) -> None:
    row = uscrn.page.locator("tr[data-station='53133']")
    row.hover()
    expect(row).to_have_class(re.compile("pointed"))


def test_stations_that_vanish_and_come_again_stand_where_they_stood(open_stage: OpenStage) -> None:
    stage = open_stage(ListSource(reading("1", "A", T=1.0), reading("2", "B", T=2.0) | {"LAT": 48.5}))
    stage.streamer.start()
    dots = stage.page.locator("#map circle.dot")
    expect(dots).to_have_count(2)
    height = "(all) => all.map((dot) => dot.getAttribute('cy'))"
    placed = dots.evaluate_all(height)
    stage.page.route("**/stations", lambda route: route.fulfill(json=[]), times=1)
    for count in (0, 2):  # the page asks for the rows again after a status that did not come
        stage.page.route("**/status", lambda route: route.abort(), times=1)
        expect(dots).to_have_count(count)
    assert dots.evaluate_all(height) == placed
    assert [text for text in stage.complaints if "ERR_FAILED" not in text] == []
    stage.complaints.clear()
