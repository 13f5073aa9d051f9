"""Each dashboard as a whole: names, time range, links, datasource, variables, places of panels."""

from __future__ import annotations

import json
import re
from itertools import combinations
from typing import Any

import yaml

from grafana import queries
from grafana.panels.board import default_range
from grafana.panels.variables import FULLEST_STATION, LABEL_AND_NUMBER
from grafana.titles import TITLES
from tests.contract.dashboards.boards import BOARDS, PROVISIONING, each_dashboard, each_weather_dashboard
from weather.reading import FIELDS

DATASOURCE = {"type": "influxdb", "uid": "${datasource}"}


def datasources(part: Any) -> list[Any]:
    """Every datasource that any part of a dashboard names."""
    if isinstance(part, list):
        return [found for item in part for found in datasources(item)]
    if not isinstance(part, dict):
        return []
    own = [part["datasource"]] if "datasource" in part else []
    return own + [found for item in part.values() for found in datasources(item)]


def test_there_are_dashboards_of_the_readings() -> None:
    titles = {name: board["title"] for name, board in BOARDS.items()}
    assert titles == {f"{uid}.json": title for uid, title in TITLES.items()}


def test_no_two_dashboards_share_a_uid_or_a_title() -> None:
    for key in ("uid", "title"):
        values = [board[key] for board in BOARDS.values()]
        assert len(set(values)) == len(values)
    assert {f"{board['uid']}.json" for board in BOARDS.values()} == set(BOARDS)


@each_dashboard
def test_a_dashboard_can_be_provisioned_and_not_edited(board: dict[str, Any]) -> None:
    assert "id" in board and board["id"] is None and board["editable"] is False
    assert "__inputs" not in board and "${DS_" not in json.dumps(board)
    assert board["schemaVersion"] <= 41 and board["timezone"] == "utc"


@each_weather_dashboard
def test_a_dashboard_of_readings_opens_with_the_one_default_range(board: dict[str, Any]) -> None:
    assert (board["time"]["from"], board["time"]["to"]) == default_range()


def test_the_dashboard_of_the_pipeline_shows_the_present_from_the_monitoring_bucket() -> None:
    board = BOARDS["pipeline.json"]
    assert board["time"] == {"from": "now-30m", "to": "now"}
    sources = [
        source["name"]
        for file in (PROVISIONING / "datasources").glob("*.yml")
        for source in yaml.safe_load(file.read_text())["datasources"]
        if re.search(board["templating"]["list"][0]["regex"].strip("/"), source["name"])
    ]
    assert sources == ["InfluxDB monitoring"]


@each_dashboard
def test_links_lead_to_dashboards_that_exist(board: dict[str, Any]) -> None:
    uids = set(re.findall(r"/d/(\w+)", json.dumps(board)))
    assert uids <= {other["uid"] for other in BOARDS.values()}
    assert all(re.fullmatch(r"/d/\w+", link["url"]) for link in board["links"])
    kept = {link["url"][3:] for link in board["links"] if link["keepTime"]}
    own_time = {"pipeline", "uscrn"}
    assert kept == (set(TITLES) - {*own_time, board["uid"]} if board["uid"] not in own_time else set())
    assert {other["uid"] for other in BOARDS.values()} - {board["uid"]} == {link["url"][3:] for link in board["links"]}


@each_weather_dashboard
def test_an_annotation_says_where_the_replay_stands(board: dict[str, Any]) -> None:
    (event,) = board["annotations"]["list"]
    assert event["enable"] is True and event["name"] and event["iconColor"]
    assert event["target"].keys() == {"query", "refId", "datasource"}
    assert "text: " in event["target"]["query"]


@each_dashboard
def test_the_datasource_is_a_variable_everywhere(board: dict[str, Any]) -> None:
    first = board["templating"]["list"][0]
    assert (first["type"], first["name"], first["query"]) == ("datasource", "datasource", "influxdb")
    assert "current" not in first
    panels = list(queries.panels(board))
    targets = [target for panel in panels for target in panel["targets"]]
    assert all(part["datasource"] == DATASOURCE for part in [*panels, *targets, *queries.variables(board)])
    assert all(found == DATASOURCE for found in datasources(board))


@each_dashboard
def test_a_station_variable_offers_several_by_number_under_their_labels(board: dict[str, Any]) -> None:
    for variable in queries.variables(board):
        assert variable["multi"] and variable["refresh"] == 2 and variable["sort"] == 1
        if variable["includeAll"]:
            assert variable["allValue"] == ".*" and variable["current"]["value"] == ["$__all"]
        else:
            assert variable["current"]["value"] == [FULLEST_STATION[0]], "where there is none, the first of the list"
        assert variable["regex"] == LABEL_AND_NUMBER


def test_the_map_offers_quantities_that_exist_with_their_units() -> None:
    (variable,) = (item for item in BOARDS["overview.json"]["templating"]["list"] if item["type"] == "custom")
    unit_of = {field.name: field.unit for field in FIELDS}
    offered = [(option["text"], option["value"]) for option in variable["options"]]
    assert variable["query"] == ", ".join(f"{text} : {name}" for text, name in offered)
    assert len(offered) == 6 and all(text.endswith(f" ({unit_of[name]})") for text, name in offered)
    assert [option["value"] for option in variable["options"] if option["selected"]] == ["Temperature"]
    assert variable["current"]["value"] == "Temperature" and variable["multi"] is False


@each_dashboard
def test_panels_have_their_own_title_and_number_and_do_not_overlap(board: dict[str, Any]) -> None:
    titles = [panel["title"] for panel in queries.all_panels(board)]
    numbers = [panel["id"] for panel in board["panels"]]
    assert len(set(titles)) == len(titles) and len(set(numbers)) == len(numbers)
    places = [panel["gridPos"] for panel in board["panels"]]
    assert all(place["x"] >= 0 and place["x"] + place["w"] <= 24 for place in places)
    for one, two in combinations(places, 2):
        beside = one["x"] + one["w"] <= two["x"] or two["x"] + two["w"] <= one["x"]
        assert beside or one["y"] + one["h"] <= two["y"] or two["y"] + two["h"] <= one["y"]
