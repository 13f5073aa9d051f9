"""The viewer's pages in a real browser: addresses, links, themes, and what is said about the viewer itself."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from grafana.titles import TITLES
from tests.integration.dashboards.provisioned import BOARDS
from tests.integration.dashboards.viewer.stage import OpenStage, wait_until_drawn
from tests.integration.dashboards.views import number_of


def test_the_first_page_is_the_overview_and_the_list_is_one_click_away_in_the_order_of_use(
    open_stage: OpenStage,
) -> None:
    stage = open_stage()
    stage.open("/")
    expect(stage.page).to_have_url(re.compile("/d/overview"))
    expect(stage.page.get_by_role("heading", name="Weather overview", exact=True, level=1)).to_be_visible()
    stage.page.get_by_role("banner").get_by_role("link", name="Dashboards", exact=True).click()
    expect(stage.page).to_have_url(re.compile("/dashboards$"))
    for board in BOARDS.values():
        expect(stage.page.get_by_role("link", name=board["title"], exact=True)).to_be_visible()
        expect(stage.page.get_by_text(board["description"])).to_be_visible()
    headings = stage.page.get_by_role("main").get_by_role("link").all_inner_texts()
    assert [text for text in headings if text in TITLES.values()] == list(TITLES.values())
    stage.page.get_by_role("link", name="Station", exact=True).click()
    expect(stage.page).to_have_url(re.compile("/d/station"))
    expect(stage.page.get_by_role("heading", name="Station", exact=True, level=1)).to_be_visible()


def test_an_address_says_what_is_shown_and_a_choice_changes_the_address(open_stage: OpenStage) -> None:
    stage = open_stage()
    link = f"/d/station?var-station={number_of('DINARD')}&from=2014-01-10T00:00:00Z&to=2014-01-12T00:00:00Z"
    with stage.page.expect_request(lambda request: f"/^{number_of('DINARD')}$/" in (request.post_data or "")):
        stage.open(link)
    expect(stage.page.get_by_role("heading", name="DINARD")).to_be_visible()
    expect(stage.page.get_by_text("2014-01-10 00:00:00 to 2014-01-12 00:00:00")).to_be_visible()
    stage.page.reload()
    expect(stage.page.get_by_text("2014-01-10 00:00:00 to 2014-01-12 00:00:00")).to_be_visible()
    stage.open("/d/overview")
    expect(stage.page.get_by_text("Temperature (°C)", exact=True)).to_be_visible()
    stage.page.get_by_role("combobox").first.click()
    stage.page.get_by_role("option", name="Wind speed").click()
    expect(stage.page).to_have_url(re.compile("var-quantity=Wind_speed"))


def test_a_link_in_a_table_leads_to_the_station_with_the_same_time_range(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/meteo?from=2014-01-10T00:00:00Z&to=2014-01-12T00:00:00Z")
    stage.panel("Averages per station").get_by_role("link", name="AURAY").click()
    expect(stage.page).to_have_url(re.compile(r"/d/station\?.*var-station=" + number_of("AURAY")))
    expect(stage.page.get_by_role("heading", name="AURAY")).to_be_visible()
    expect(stage.page.get_by_text("2014-01-10 00:00:00 to 2014-01-12 00:00:00")).to_be_visible()
    stage.page.go_back()
    expect(stage.page.get_by_role("heading", name="Meteo", exact=True, level=1)).to_be_visible()


def test_light_and_dark_follow_the_system_the_address_and_the_button(open_stage: OpenStage) -> None:
    stage = open_stage(color_scheme="light")
    root = stage.page.locator("html")
    stage.open("/dashboards")
    expect(root).to_have_attribute("data-theme", "light")
    stage.open("/d/pipeline?theme=dark")
    expect(root).to_have_attribute("data-theme", "dark")
    wait_until_drawn(stage, BOARDS["pipeline"])
    stage.page.get_by_role("button", name="Light theme").click()
    expect(root).to_have_attribute("data-theme", "light")
    expect(stage.page).to_have_url(re.compile("theme=light"))
    wait_until_drawn(stage, BOARDS["pipeline"])
    stage.open("/dashboards")
    expect(root).to_have_attribute("data-theme", "light")


def test_a_kiosk_shows_the_panels_only(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/overview?kiosk")
    wait_until_drawn(stage, BOARDS["overview"])
    expect(stage.page.get_by_role("banner")).to_have_count(0)
    expect(stage.page.get_by_role("contentinfo")).to_have_count(0)
    expect(stage.page.get_by_role("heading", level=1)).to_have_count(0)


def test_the_page_says_what_it_is(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/dashboards")
    expect(stage.page.get_by_role("contentinfo")).to_contain_text("Install Grafana for editing, alerting and users.")


def test_a_dashboard_that_is_not_there_is_said(open_stage: OpenStage) -> None:
    stage = open_stage()
    stage.open("/d/nowhere")
    expect(stage.page.get_by_role("alert")).to_contain_text("there is no dashboard 'nowhere'")
    assert all("404" in text for text in stage.complaints)
    stage.complaints.clear()  # the browser itself notes each refused request
