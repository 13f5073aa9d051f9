"""The live page of each source."""

from __future__ import annotations

import orjson
import pytest
from playwright.sync_api import expect

from datastream.sources import pages
from datastream.sources.pages import Page
from datastream.sources.simulated import source as generated
from tests.integration.live_page.stage import ListSource, OpenStage, Stage, coast, column
from weather.settings.sources import Place, Stations


def test_the_source_of_the_data_is_named(stage: Stage) -> None:
    expect(stage.page.locator("footer")).to_contain_text("Météo-France, Licence Ouverte")
    for path in ("/metrics", "/status", "/health"):
        expect(stage.page.get_by_role("link", name=path)).to_have_attribute("href", path)


def test_simulated_stations_show_their_days_and_where_they_stand(open_stage: OpenStage) -> None:
    source = generated.stations(Stations(count=15, seed=2000, days=31, day_seconds=0.0))
    stage = open_stage(source, shown=pages.STATIONS)
    stage.page.get_by_role("button", name="Start", exact=True).click()
    expect(stage.page.locator("#state")).to_have_text("finished")
    stage.wait_for_polls()
    assert column(stage, "station") == list("ABCDEFGHIJKLMNO")
    assert set(column(stage, "date")) == {"2000-01-31"}
    sent = [orjson.loads(value) for value in stage.streamer.latest()]
    assert column(stage, "degrees") == [f"{row['degrees']:.1f}".replace("-", "−") for row in sent]
    assert column(stage, "raining") == ["yes" if row["raining"] else "no" for row in sent]
    expect(stage.page.locator("#observation_hour")).to_have_text("2000-01-31")
    expect(stage.page.locator("#station-count")).to_have_text("15 stations")
    expect(stage.page.locator("#source")).to_have_text("15 simulated stations, seed 2000")
    expect(stage.page.locator("#rows_skipped")).to_have_count(0)
    expect(stage.page.locator("#map .dot")).to_have_count(15)
    expect(stage.page.locator("#map-title")).to_have_text("Temperature °F")
    stage.page.locator("#map .dot[data-station='C']").hover()
    expect(stage.page.locator("#tip")).to_contain_text(f"{column(stage, 'degrees')[2]} °F")
    assert len(coast(stage)) > 10, "the Great Lakes and the border"


def test_the_months_of_the_place_are_sorted_as_in_a_year(open_stage: OpenStage) -> None:
    stage = open_stage(generated.place(Place(seed=1990, day_seconds=0.0)), shown=pages.PLACE)
    stage.streamer.time_delta = 0.0
    stage.streamer.start()
    expect(stage.page.locator("#stations tbody tr")).to_have_count(12)
    assert column(stage, "month")[:4] == ["January", "February", "March", "April"]
    expect(stage.page.locator("#progress")).to_be_hidden()
    stage.page.get_by_role("button", name="Month").click()
    assert column(stage, "month")[:2] == ["December", "November"]


@pytest.mark.parametrize("shown", [pages.STATIONS, pages.PLACE, pages.SQL])
def test_a_phone_shows_every_source_without_scrolling_sideways(open_stage: OpenStage, shown: Page) -> None:
    stage = open_stage(ListSource(), viewport={"width": 360, "height": 740}, shown=shown)
    expect(stage.page.locator("#state")).to_have_text("stopped")
    expect(stage.page.locator("#empty")).to_have_text("No row yet: start the stream.")
    assert stage.page.evaluate("document.documentElement.scrollWidth") == 360
