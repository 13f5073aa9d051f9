"""Every dashboard against the identifiers that Grafana 9.4 knows, the oldest version that is supported.

Later versions know these and more. The list was read from Grafana's source; tests/data/grafana-9.4.json says where.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest

from grafana import queries
from grafana.viewer.config import DASHBOARDS
from testing.environment import ROOT

KNOWN: dict[str, Any] = json.loads((ROOT / "tests" / "data" / "grafana-9.4.json").read_text(encoding="utf-8"))
BOARDS = queries.load(DASHBOARDS)
MAPS = {
    f"{board['uid']}-{panel['title']}": panel["options"]
    for board in BOARDS.values() for panel in queries.panels(board) if panel["type"] == "geomap"
}  # fmt: skip
each_map = pytest.mark.parametrize("options", MAPS.values(), ids=MAPS)


def unknown(board: dict[str, Any]) -> Iterator[str]:
    """What of a dashboard Grafana 9.4 does not know, in words."""
    for panel in queries.all_panels(board):
        where = panel["title"]
        if panel["type"] not in KNOWN["panel_types"]:
            yield f"{where}: panel type {panel['type']}"
        for step in panel.get("transformations", []):
            if step["id"] not in KNOWN["transformations"]:
                yield f"{where}: transformation {step['id']}"
        yield from (f"{where}: colour mode {mode}" for mode in modes(panel) if mode not in KNOWN["field_color_modes"])
        yield from (f"{where}: unit {unit}" for unit in units(panel) if not is_unit(unit))
        if panel["type"] == "geomap":
            yield from (f"{where}: {words}" for words in unknown_of_map(panel["options"]))


def settings(panel: dict[str, Any], name: str) -> Iterator[Any]:
    """The values of a field option: the default and those of the overrides."""
    config = panel.get("fieldConfig", {})
    if name in config.get("defaults", {}):
        yield config["defaults"][name]
    changes = (change for override in config.get("overrides", []) for change in override["properties"])
    yield from (change["value"] for change in changes if change["id"] == name)


def modes(panel: dict[str, Any]) -> Iterator[str]:
    return (color["mode"] for color in settings(panel, "color"))


def units(panel: dict[str, Any]) -> Iterator[str]:
    yield from settings(panel, "unit")
    if axis := panel.get("options", {}).get("yAxis"):
        yield axis["unit"]


def is_unit(unit: str) -> bool:
    return unit in KNOWN["units"] or unit.startswith(tuple(KNOWN["unit_prefixes"]))


def unknown_of_map(options: dict[str, Any]) -> Iterator[str]:
    known = KNOWN["geomap"]
    if options["basemap"]["type"] not in known["basemap_types"]:
        yield f"base map {options['basemap']['type']}"
    if options["view"]["id"] not in known["view_ids"]:
        yield f"view {options['view']['id']}"
    for layer in options["layers"]:
        if layer["type"] not in known["layer_types"]:
            yield f"layer {layer['type']}"
        source = layer["config"].get("src")
        if source is not None and source not in known["files_for_geojson_layers"]:
            yield f"file {source}"


@pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
def test_grafana_9_4_knows_all_that_a_dashboard_uses(board: dict[str, Any]) -> None:
    assert list(unknown(board)) == []


def test_what_grafana_9_4_does_not_know_is_found() -> None:
    board = copy.deepcopy(BOARDS["overview.json"])
    ((_, panel),) = ((p["type"], p) for p in queries.panels(board) if p["type"] == "geomap")
    board["panels"] = [panel]
    panel["title"] = "Map"
    panel["fieldConfig"]["defaults"] |= {"color": {"mode": "palette-classic-by-name"}, "unit": "furlongs"}
    change = {"id": "color", "value": {"mode": "shades"}}
    panel["fieldConfig"]["overrides"].append({"matcher": {"id": "byName", "options": "x"}, "properties": [change]})
    panel["transformations"] = [{"id": "formatString"}]
    panel["options"]["basemap"]["type"] = "nothing"
    panel["options"]["view"]["id"] = "moon"
    panel["options"]["layers"][0] |= {"type": "route", "config": {"src": "public/maps/moon.geojson"}}
    assert set(unknown(board)) == {
        "Map: transformation formatString", "Map: colour mode palette-classic-by-name", "Map: colour mode shades",
        "Map: unit furlongs", "Map: base map nothing", "Map: view moon", "Map: layer route",
        "Map: file public/maps/moon.geojson",
    }  # fmt: skip
    panel["type"] = "weathervane"
    assert next(iter(unknown(board))) == "Map: panel type weathervane"


@each_map
def test_a_map_looks_at_its_markers_as_near_as_they_allow(options: dict[str, Any]) -> None:
    view = options["view"]
    assert view["id"] == "fit" and view["zoom"] == view["maxZoom"] > 1, "without zoom Grafana fills in 1: the world"
    assert view["allLayers"] is False and view["lastOnly"] is False
    assert [layer["type"] for layer in options["layers"] if layer["name"] == view["layer"]] == ["markers"]


@each_map
def test_a_map_has_coasts_below_its_markers_and_asks_no_other_server(options: dict[str, Any]) -> None:
    assert [layer["type"] for layer in options["layers"]] == ["geojson", "markers"]
    assert options["basemap"]["type"] == "xyz", "the default base map is a tile server"
    assert options["basemap"]["config"]["url"].startswith("data:image/"), "without one Grafana asks a tile server"
    assert "://" not in json.dumps(options)


def test_fields_of_one_chart_are_told_apart_without_colours_that_grafana_9_4_lacks() -> None:
    charts = [p for board in BOARDS.values() for p in queries.panels(board) if p["type"] == "timeseries"]
    of_stations = [p for p in charts if names(p) and all("${__field.labels.station}" in n for n in names(p).values())]
    several = [panel for panel in of_stations if len(names(panel)) > 1]
    assert several
    for panel in several:
        assert len(set(names(panel).values())) == len(names(panel))
        assert len(list(settings(panel, "custom.lineStyle"))) == len(names(panel)) - 1


def names(panel: dict[str, Any]) -> dict[str, str]:
    """Field → name in the legend, as the overrides give them."""
    overrides = panel["fieldConfig"]["overrides"]
    return {
        override["matcher"]["options"]: change["value"]
        for override in overrides for change in override["properties"] if change["id"] == "displayName"
    }  # fmt: skip
