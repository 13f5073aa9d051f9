"""The dashboard of a described table, made from the template that `grafana.build` writes."""

from __future__ import annotations

import json
from typing import Any

from stack.common.environment import ROOT
from weather.description.model import Description, Quantity

TEMPLATE = ROOT / "grafana" / "provisioning" / "dashboards" / "own_table.template"
COLUMNS, WIDTH, HEIGHT = 2, 12, 9
"""The charts of the quantities stand side by side; WIDTH and HEIGHT in Grafana's grid, which is 24 wide."""


def uid(description: Description) -> str:
    """The uid of the dashboard: its address is /d/<uid>. Grafana allows 40 characters."""
    return f"own-{description.measurement}"[:40]


def build(description: Description, days: dict[str, str]) -> dict[str, Any]:
    """The dashboard, which opens on the time range `days`."""
    board: dict[str, Any] = json.loads(TEMPLATE.read_text(encoding="utf-8"))
    names = {
        "<measurement>": description.measurement,
        "<first field>": description.quantities[0].name,
        "<uid>": uid(description),
    }
    panels: list[dict[str, Any]] = []
    for panel in board["panels"]:
        if panel["title"] == "Stations" and panel["type"] == "geomap" and not description.has_places:
            continue
        panels += _charts(panel, description) if panel["title"] == "<title>" else [panel]
    board["panels"] = panels
    _arrange(panels)
    board = _replaced(board, names | {"<title>": description.title})
    for panel in board["panels"]:
        if panel["type"] in ("table", "geomap"):
            panel["fieldConfig"]["overrides"] += list(map(_unit_of, description.quantities))
    return board | {"time": days, "links": []}


def _charts(template: dict[str, Any], description: Description) -> list[dict[str, Any]]:
    """The chart of each quantity, in two columns."""
    top, charts = template["gridPos"]["y"], []
    for number, quantity in enumerate(description.quantities):
        names = {"<title>": quantity.title, "<field>": quantity.name, "<unit>": _unit(quantity.unit)}
        panel = _replaced(template, names)
        place = {"x": number % COLUMNS * WIDTH, "y": top + number // COLUMNS * HEIGHT, "w": WIDTH, "h": HEIGHT}
        if number == len(description.quantities) - 1:
            place["w"] = 24 - place["x"]
        charts.append(panel | {"gridPos": place})
    return charts


def _arrange(panels: list[dict[str, Any]]) -> None:
    """Number the panels, and put what follows the charts below them, over the whole width if there is no map."""
    bottom = 0
    alone = not any(panel["type"] == "geomap" for panel in panels)
    row = 0
    for number, panel in enumerate(panels, start=1):
        place = panel["gridPos"]
        panel["id"] = number
        if panel["type"] == "row":
            row = place["y"] = bottom
            bottom = row + place["h"]
        elif panel["type"] in ("geomap", "table"):
            place["y"] = row + 1
            if alone:
                place["x"], place["w"] = 0, 24
        bottom = max(bottom, place["y"] + place["h"])


def _unit(unit: str) -> str:
    """Grafana's name of a unit of your own."""
    return f"suffix:{unit}" if unit else "none"


def _unit_of(quantity: Quantity) -> dict[str, Any]:
    changes = {"unit": _unit(quantity.unit), "displayName": quantity.title, "decimals": 1}
    return {
        "matcher": {"id": "byName", "options": quantity.name},
        "properties": [{"id": name, "value": value} for name, value in changes.items()],
    }


def _replaced(value: Any, names: dict[str, str]) -> Any:
    """The value with every placeholder in its texts replaced."""
    if isinstance(value, dict):
        return {_replaced(key, names): _replaced(each, names) for key, each in value.items()}
    if isinstance(value, list):
        return [_replaced(each, names) for each in value]
    if isinstance(value, str):
        for name, text in names.items():
            value = value.replace(name, text)
    return value
