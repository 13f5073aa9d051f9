"""The provisioned dashboards, and a test's parameters: each dashboard, panel, text or query."""

from __future__ import annotations

from pathlib import Path

import pytest

from grafana import queries

PROVISIONING = Path(queries.__file__).parent / "provisioning"
BOARDS = queries.load(PROVISIONING / "dashboards" / "json")
ALL_PANELS = {f"{board['uid']}-{panel['title']}": panel for board in BOARDS.values() for panel in queries.panels(board)}
ALL_QUERIES = [query for board in BOARDS.values() for query in queries.collect(board)]

OF_THE_READINGS = [board for board in BOARDS.values() if board["uid"] not in ("pipeline", "uscrn")]
OF_FIVE_MINUTES = {panel["title"] for panel in queries.panels(BOARDS["uscrn.json"])}

each_dashboard = pytest.mark.parametrize("board", BOARDS.values(), ids=BOARDS)
each_weather_dashboard = pytest.mark.parametrize("board", OF_THE_READINGS, ids=[b["uid"] for b in OF_THE_READINGS])
each_panel = pytest.mark.parametrize("panel", ALL_PANELS.values(), ids=ALL_PANELS)
each_text = pytest.mark.parametrize(
    "panel", [panel for board in BOARDS.values() for panel in queries.all_panels(board) if panel["type"] == "text"]
)
each_query = pytest.mark.parametrize(
    "query", ALL_QUERIES, ids=[f"{q.dashboard}-{q.owner}-{q.ref_id}" for q in ALL_QUERIES]
)
