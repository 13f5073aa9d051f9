"""Each panel says what it shows, in valid units and of columns that exist, and leads on."""

from __future__ import annotations

import re
from typing import Any

from grafana_foundation_sdk.models import units

from tests.contract.dashboards.boards import OF_FIVE_MINUTES, each_panel, each_text
from tests.contract.dashboards.vocabulary import COLUMNS, COMPUTED, WHENEVER

OF_NO_STATION = {
    "Dead letters by reason",
    "Queries with a problem",
    "Model in use",
    "Confusion matrix",
    "Accuracy by model",
    *WHENEVER,
}
UNITS = {value for name, value in vars(units).items() if isinstance(value, str) and not name.startswith("_")}
UNITS |= {"suffix:mm", "suffix:h", "suffix: rows/s", "time:YYYY-MM-DD", "time:YYYY-MM-DD HH:mm"}
UNITS |= {"time:YYYY-MM-DD HH:mm:ss"}
STATION_PANELS = {"geomap", "table", "bargauge"}
STATION_TILES = {"Coldest", "Warmest", "Wettest", "Windiest"}


@each_panel
def test_a_panel_that_names_stations_leads_to_the_one_clicked_at_the_same_time(panel: dict[str, Any]) -> None:
    changes = [change for override in panel["fieldConfig"]["overrides"] for change in override["properties"]]
    links = [link["url"] for change in changes if change["id"] == "links" for link in change["value"]]
    names_stations = panel["type"] in STATION_PANELS and panel["title"] not in OF_NO_STATION | OF_FIVE_MINUTES
    assert bool(links) == (names_stations or panel["title"] in STATION_TILES)
    name = "__field.labels.station_id" if panel["type"] == "stat" else "__data.fields.station_id"
    assert set(links) <= {f"/d/station?var-station=${{{name}:percentencode}}&${{__url_time_range}}"}


@each_panel
def test_a_panel_says_what_it_shows(panel: dict[str, Any]) -> None:
    assert panel["targets"] and panel["title"].strip() and panel["description"].strip().endswith(".")


@each_text
def test_a_text_says_what_it_is_for(panel: dict[str, Any]) -> None:
    assert panel["title"].strip() and panel["description"].strip().endswith(".")
    assert panel["options"]["mode"] == "markdown" and panel["options"]["content"].strip()


@each_panel
def test_a_panel_has_valid_units(panel: dict[str, Any]) -> None:
    changes = [change for override in panel["fieldConfig"]["overrides"] for change in override["properties"]]
    assert panel["fieldConfig"]["defaults"]["unit"] in UNITS
    assert {change["value"] for change in changes if change["id"] == "unit"} <= UNITS


@each_panel
def test_a_panel_configures_only_columns_that_exist(panel: dict[str, Any]) -> None:
    matchers = [override["matcher"] for override in panel["fieldConfig"]["overrides"]]
    named = {matcher["options"] for matcher in matchers if matcher["id"] == "byName"}
    assert {matcher["id"] for matcher in matchers if matcher["options"] != "/.*/"} <= {"byName", "byType"}
    for step in panel.get("transformations", []):
        named |= set(step["options"]["indexByName"])
    for layer in panel["options"].get("layers", []):
        if layer["type"] == "markers":
            assert layer["location"] == {"mode": "coords", "latitude": "LAT", "longitude": "LON"}
            named.add(layer["config"]["style"]["color"]["field"])
    assert named <= COLUMNS | COMPUTED
    fluxes = "".join(target["query"] for target in panel["targets"])
    assert all(re.search(rf"\b{name}\b", fluxes) for name in named & COMPUTED)


@each_panel
def test_a_panel_without_data_says_in_words_what_it_waits_for(panel: dict[str, Any]) -> None:
    words = panel["fieldConfig"]["defaults"]["noValue"]
    assert words and "No data" not in words
    assert (
        panel["type"] != "table"
        or {"id": "noValue", "value": "–"} in panel["fieldConfig"]["overrides"][0]["properties"]
    )
