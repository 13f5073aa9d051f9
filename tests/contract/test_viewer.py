"""The viewer knows every kind of panel, variable, transformation and option that the provisioned dashboards use.

The viewer itself reads the same list, `grafana/viewer/src/known.json`: what is missing there is not applied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from grafana.viewer.config import DASHBOARDS, Viewer
from testing.environment import ROOT, settings_environment
from weather import settings

VIEWER = ROOT / "grafana" / "viewer"
KNOWN: dict[str, Any] = json.loads((VIEWER / "src" / "known.json").read_text(encoding="utf-8"))
BOARDS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DASHBOARDS.glob("*.json"))}

Board = Mapping[str, Any]


def panels(board: Board) -> Iterator[dict[str, Any]]:
    """Every panel, rows and what they hold included."""
    for panel in board["panels"]:
        yield panel
        yield from panel.get("panels", [])


def unknown(board: Board) -> Iterator[str]:
    """What of a dashboard the viewer would leave out, in words."""
    for variable in board["templating"]["list"]:
        if variable["type"] not in KNOWN["variables"]:
            yield f"variable type {variable['type']}"
    for panel in panels(board):
        where = f"panel {panel.get('title')!r}"
        if panel["type"] not in KNOWN["panels"]:
            yield f"{where}: type {panel['type']}"
            continue
        yield from (f"{where}: {what}" for what in unknown_in_panel(panel))


def unknown_in_panel(panel: Board) -> Iterator[str]:
    for transformation in panel.get("transformations", []):
        if transformation["id"] not in KNOWN["transformations"]:
            yield f"transformation {transformation['id']}"
    for name in ("timeFrom", "timeShift", "libraryPanel"):
        if panel.get(name):
            yield name
    yield from unknown_options(panel["type"], panel.get("fieldConfig", {}))
    if panel["type"] == "geomap":
        layers = panel["options"]["layers"]
        yield from (f"map layer {one['type']}" for one in layers if one["type"] not in KNOWN["mapLayers"])
        base = panel["options"]["basemap"]["type"]
        if base not in KNOWN["baseMaps"]:
            yield f"base map {base}"


def unknown_options(kind: str, config: Board) -> Iterator[str]:
    """Field options, given as defaults or as overrides of some fields."""
    defaults = config.get("defaults", {})
    names = [name for name in defaults if name != "custom"]
    names += [f"custom.{name}" for name in defaults.get("custom", {})]
    for override in config.get("overrides", []):
        if override["matcher"]["id"] not in KNOWN["matchers"]:
            yield f"matcher {override['matcher']['id']}"
        names += [property["id"] for property in override["properties"]]
    for name in names:
        known = KNOWN["panels"][kind] if name.startswith("custom.") else KNOWN["fieldOptions"]
        if name.removeprefix("custom.") not in known:
            yield f"field option {name}"


@pytest.mark.parametrize("uid", BOARDS)
def test_the_viewer_knows_all_that_a_dashboard_uses(uid: str) -> None:
    assert sorted(set(unknown(BOARDS[uid]))) == []


def test_what_the_viewer_does_not_know_is_found() -> None:
    override = {"matcher": {"id": "byMood"}, "properties": [{"id": "custom.sparkle"}, {"id": "glow"}]}
    panel = {
        "type": "stat", "title": "T", "transformations": [{"id": "magic"}], "timeShift": "1h",
        "fieldConfig": {"defaults": {"unit": "none", "custom": {"lineWidth": 1}}, "overrides": [override]},
    }  # fmt: skip
    row = {"type": "row", "panels": [panel, {"type": "nodeGraph", "title": "N"}]}
    board = {"panels": [row], "templating": {"list": [{"type": "adhoc"}]}}
    assert set(unknown(board)) == {
        "variable type adhoc",
        "panel 'T': transformation magic",
        "panel 'T': timeShift",
        "panel 'T': matcher byMood",
        "panel 'T': field option custom.lineWidth",
        "panel 'T': field option custom.sparkle",
        "panel 'T': field option glow",
        "panel 'N': type nodeGraph",
    }


def test_every_known_panel_is_drawn_by_something() -> None:
    registry = (VIEWER / "src" / "panels" / "registry.tsx").read_text(encoding="utf-8")
    drawings = registry.split("const DRAWINGS", 1)[1].split("};", 1)[0]
    drawn = set(re.findall(r'^  "?([\w-]+)"?: \{', drawings, flags=re.MULTILINE))
    assert drawn | {"row"} == set(KNOWN["panels"])


def test_the_datasources_are_those_that_grafana_gets() -> None:
    provisioned = [
        source
        for file in sorted((ROOT / "grafana" / "provisioning" / "datasources").glob("*.yml"))
        for source in yaml.safe_load(file.read_text(encoding="utf-8"))["datasources"]
    ]
    environment = settings_environment(VIEWER_BUNDLE="/bundle")
    ours = Viewer.load(settings.Variables(environment)).datasources
    expected = {
        (source["uid"], source["name"], environment[source["jsonData"]["defaultBucket"].removeprefix("$")])
        for source in provisioned
    }
    assert {(one.uid, one.name, one.bucket) for one in ours} == expected
    assert [source["uid"] for source in provisioned if source["isDefault"]] == [ours[0].uid]


def test_every_package_has_an_exact_version_and_the_lock_names_no_host() -> None:
    package = json.loads((VIEWER / "package.json").read_text(encoding="utf-8"))
    lock = json.loads((VIEWER / "package-lock.json").read_text(encoding="utf-8"))
    versions = package["dependencies"] | package["devDependencies"]
    assert [name for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []
    assert lock["packages"][""]["dependencies"] == package["dependencies"]
    assert [name for name, entry in lock["packages"].items() if "resolved" in entry] == []
    assert [name for name, entry in lock["packages"].items() if name and "integrity" not in entry] == []
