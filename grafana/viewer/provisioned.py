"""The dashboards as they lie in the folder now: read at each request, so a rebuilt file shows at once."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from grafana.titles import TITLES
from weather.logs import facts

ORDER = list(TITLES)

log = logging.getLogger("grafana.viewer")


def summaries(folder: Path) -> list[dict[str, Any]]:
    """uid, title, description and tags of every dashboard: ours in the order of use, then others by title."""
    found = [
        {
            "uid": board["uid"],
            "title": board.get("title", board["uid"]),
            "description": board.get("description", ""),
            "tags": board.get("tags", []),
        }
        for board in _boards(folder)
    ]
    return sorted(found, key=_place)


def find(folder: Path, uid: str) -> dict[str, Any] | None:
    """The dashboard with this uid, as it is in its file."""
    return next((board for board in _boards(folder) if board["uid"] == uid), None)


def _place(entry: dict[str, Any]) -> tuple[int, str]:
    uid = entry["uid"]
    return (ORDER.index(uid) if uid in ORDER else len(ORDER), str(entry["title"]))


def _boards(folder: Path) -> Iterator[dict[str, Any]]:
    """Every readable dashboard; a file that is being written, or is none, does not hide the others."""
    for path in sorted(folder.glob("*.json")):
        try:
            board = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            log.warning(facts("dashboard_unreadable", file=path.name, error=error))
            continue
        if isinstance(board, dict) and "uid" in board:
            yield board
