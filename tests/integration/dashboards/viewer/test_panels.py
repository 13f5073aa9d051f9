"""Panels in a real browser: those of every provisioned dashboard, and a specimen of what those do not use."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from testing.environment import ROOT
from tests.integration.dashboards.provisioned import BOARDS
from tests.integration.dashboards.viewer.specimen import CHOICES, specimen
from tests.integration.dashboards.viewer.stage import OpenStage, wait_until_drawn

PICTURES = ROOT / "artifacts" / "dashboards"
"""Kept by a CI as they are; git ignores them."""


@pytest.mark.parametrize("uid", BOARDS)
def test_every_panel_is_drawn_in_light_and_dark_and_fits_a_phone(uid: str, open_stage: OpenStage) -> None:
    stage = open_stage()
    for theme in ("light", "dark"):
        stage.open(f"/d/{uid}?theme={theme}&{CHOICES.get(uid, '')}")
        expect(stage.page.get_by_role("heading", name=BOARDS[uid]["title"], exact=True, level=1)).to_be_visible()
        wait_until_drawn(stage, BOARDS[uid])
        stage.page.screenshot(path=PICTURES / f"{uid}-{theme}.png")
    stage.page.set_viewport_size({"width": 390, "height": 6500})
    stage.page.wait_for_timeout(300)
    wait_until_drawn(stage, BOARDS[uid])
    stage.page.screenshot(path=PICTURES / f"{uid}-narrow.png")
    assert stage.page.evaluate("document.documentElement.scrollWidth") == 390
    lefts = stage.page.evaluate("[...document.querySelectorAll('.react-grid-item')].map((e) => e.offsetLeft)")
    assert set(lefts) == {0}


def test_kinds_of_panels_and_variables_that_the_dashboards_leave_out(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open(f"/d/specimen?{CHOICES['specimen']}")
    expect(stage.panel("nodeGraph 5")).to_contain_text("cannot draw panels of type “nodeGraph”")
    board = specimen()
    stage.page.evaluate("document.querySelector('[data-plugin-id=nodeGraph]').removeAttribute('data-viz-panel-key')")
    wait_until_drawn(stage, board)
    expect(stage.panel("text 4")).to_contain_text("Hello to everyone from DINARD + AURAY, safely")
    expect(stage.page.get_by_text(re.compile("^At (DINARD|AURAY)$"))).to_have_count(2)
    expect(stage.page.get_by_text("Hidden at first")).to_have_count(0)
    stage.page.get_by_role("button", name="Expand row").click()
    expect(stage.page.get_by_text("Hidden at first")).to_be_visible()


# The colours of the map's pixels at 20° W from 10° S to 50° S, which is all sea; empty while nothing is drawn.
AT_SEA = """() => {
  const map = [...document.querySelectorAll('[data-viz-panel-key]')].find((one) => one.innerText.includes('The world'));
  const canvas = map?.querySelector('canvas');
  if (!canvas) return [];
  const {width, height} = canvas;
  const drawing = canvas.getContext('2d');
  const all = drawing.getImageData(0, 0, width, height).data;
  if (!all.some((value) => value > 0)) return [];
  const mercator = (lat) => Math.log(Math.tan(Math.PI / 4 + lat * Math.PI / 360)) * 180 / Math.PI;
  const perDegree = 256 * 4 * window.devicePixelRatio / 360;
  const x = Math.round(width / 2 - 20 * perDegree);
  const [top, bottom] = [-10, -50].map((lat) => Math.round(height / 2 - mercator(lat) * perDegree));
  const found = new Set();
  for (let y = top; y <= bottom; y += 1) {
    const at = (y * width + x) * 4;
    found.add([...all.slice(at, at + 4)].join());
  }
  return [...found];
}"""


def test_no_outline_crosses_the_world_where_a_country_crosses_the_date_line(open_stage: OpenStage) -> None:
    """Uncut, those of Fiji would be lines through all oceans."""
    stage = open_stage()
    stage.open(f"/d/specimen?{CHOICES['specimen']}")
    stage.panel("The world").scroll_into_view_if_needed()
    stage.page.wait_for_function(f"() => ({AT_SEA})().length > 0")
    stage.page.wait_for_load_state("networkidle")
    assert len(stage.page.evaluate(AT_SEA)) == 1, "one colour, that of the sea"


def test_a_marker_tells_its_values_and_leads_to_its_station(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/overview")
    wait_until_drawn(stage, BOARDS["overview"])
    box = stage.page.get_by_test_id("map").bounding_box()
    assert box is not None
    found = False
    for across in range(20, int(box["width"]) - 20, 8):  # some marker stands on this line across the map
        stage.page.mouse.move(box["x"] + across, box["y"] + box["height"] * 0.44)
        if found := stage.page.get_by_text("Show this station").count() > 0:
            break
    assert found, "no marker told anything"
    stage.page.mouse.click(box["x"] + across, box["y"] + box["height"] * 0.44)
    expect(stage.page).to_have_url(re.compile(r"/d/station\?var-station="))


def test_annotations_stand_in_the_charts_and_can_be_switched_off(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/overview?from=2014-01-20T00:00:00Z&to=2014-02-10T00:00:00Z")
    marker = stage.panel("Temperature spread").get_by_test_id("annotation-marker")
    expect(marker).to_have_count(1)
    stage.page.get_by_role("switch").click(force=True)
    expect(marker).to_have_count(0)
