"""The dashboard of a described table: a chart for each quantity, nothing of the template left."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from stack.common import dashboards, own_dashboard
from testing.environment import ROOT, settings_environment
from weather import settings
from weather.description import toml
from weather.errors import SourceError

EXAMPLES = ROOT / "examples" / "own_data"
AUSTIN = ROOT / "data" / "uscrn" / "CRNH0203-2018-TX_Austin_33_NW.txt.gz"


def served(home: Path, name: str, data: Path) -> dict[str, Any]:
    """The dashboards of a stack for an example."""
    changes = {"STREAM_SOURCE": "csv", "CSV_DESCRIPTION": str(EXAMPLES / f"{name}.toml"), "CSV_DATA": str(data)}
    dashboards.prepare(settings.Variables(settings_environment(STACK_HOME=str(home), **changes)))
    return {file.stem: json.loads(file.read_text()) for file in dashboards.folder(home).iterdir()}


@pytest.mark.parametrize(
    ("name", "data", "days"),
    [
        ("greenhouse", EXAMPLES / "greenhouse.csv", ("2026-03-01", "2026-03-02")),
        ("uscrn_hourly", AUSTIN, ("2018-01-01", "2019-01-02")),
    ],
)
def test_it_has_a_chart_for_each_quantity_and_opens_on_the_days_of_the_data(
    tmp_path: Path, name: str, data: Path, days: tuple[str, str]
) -> None:
    description = toml.load(EXAMPLES / f"{name}.toml")
    boards = served(tmp_path, name, data)
    assert set(boards) == {own_dashboard.uid(description), "pipeline"}
    board = boards[own_dashboard.uid(description)]
    charts = [panel for panel in board["panels"] if panel["type"] == "timeseries"]
    assert [panel["title"] for panel in charts] == [quantity.title for quantity in description.quantities]
    for panel, quantity in zip(charts, description.quantities, strict=True):
        assert f'r._field == "{quantity.name}"' in panel["targets"][0]["query"]
        assert panel["fieldConfig"]["defaults"]["unit"] == f"suffix:{quantity.unit}"
    assert any(panel["type"] == "geomap" for panel in board["panels"]) == description.has_places
    assert (board["time"]["from"], board["time"]["to"]) == tuple(f"{day}T00:00:00Z" for day in days)
    assert board["title"] == description.title
    text = json.dumps(board)
    for known in ("tables=<-", "(?<text>", "(?<value>"):
        text = text.replace(known, "")
    assert "<" not in text
    assert [link["url"] for link in board["links"]] == ["/d/pipeline"]
    assert [link["url"] for link in boards["pipeline"]["links"]] == [f"/d/{board['uid']}"]


def test_panels_fill_the_grid_and_none_overlaps(tmp_path: Path) -> None:
    for name, data in (("greenhouse", EXAMPLES / "greenhouse.csv"), ("uscrn_hourly", AUSTIN)):
        board = next(board for uid, board in served(tmp_path / name, name, data).items() if uid != "pipeline")
        places = [panel["gridPos"] for panel in board["panels"]]
        cells = [(x, y) for p in places for x in range(p["x"], p["x"] + p["w"]) for y in range(p["y"], p["y"] + p["h"])]
        assert len(cells) == len(set(cells)) == 24 * (max(y for _, y in cells) + 1)
        assert len({panel["id"] for panel in board["panels"]}) == len(places)


def test_data_that_does_not_fit_the_description_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"column 'Datum' of greenhouse\.toml is missing"):
        served(tmp_path, "greenhouse", AUSTIN)
