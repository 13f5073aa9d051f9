"""How far the replay has come, kept on disk so that a killed streamer goes on where it was."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from weather import files
from weather.logs import facts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Position:
    """Rows of the source that Kafka has confirmed, and whether the stream was running."""

    fingerprint: str
    offset: int
    running: bool
    time_delta: float
    initial_time_delta: float


def load(path: Path) -> Position | None:
    """The kept position, or None where there is none or it cannot be read (then the replay starts over)."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if "rows" in kept:  # written by version 0.1
            kept["offset"] = kept.pop("rows")
        return Position(**kept)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError) as error:
        log.warning(facts("position_unreadable", path=path, error=error, then="start from the first row"))
        return None


def save(path: Path, position: Position) -> None:
    """Replace the kept position, whole or not at all, also where the machine loses its power."""
    files.replace(path, json.dumps(asdict(position)), durable=True)
