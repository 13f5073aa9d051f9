"""The position of the replay, stored on disk so that a killed streamer resumes there."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, dataclass
from pathlib import Path

from datastream.replay.landmarks import Landmark
from weather import files
from weather.errors import Unavailable
from weather.logs import facts

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Position:
    """The source's offset up to which Kafka has confirmed all rows, and whether the stream was running.

    `landmarks`: where the topics ended then, and at some times before.
    """

    fingerprint: str
    offset: int
    running: bool
    time_delta: float
    initial_time_delta: float
    landmarks: tuple[Landmark, ...] = ()


def load(path: Path) -> Position | None:
    """The stored position; None if there is none or it is invalid (then the replay starts at the first row)."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        if "rows" in kept:  # written by version 0.1
            kept["offset"] = kept.pop("rows")
        landmarks = tuple(Landmark.from_json(each) for each in kept.pop("landmarks", []))
        return Position(**kept, landmarks=landmarks)
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        log.warning(facts("position_unreadable", path=path, error=error, then="start from the first row"))
        return None


def save(path: Path, position: Position) -> None:
    """Replace the stored position atomically, even if the machine loses power.

    Raise Unavailable if that is not possible now, such as on a full disk; the earlier position stays.
    """
    landmarks = [landmark.to_json() for landmark in position.landmarks]
    try:
        files.replace(path, json.dumps(asdict(position) | {"landmarks": landmarks}), durable=True)
    except OSError as error:
        raise Unavailable(f"the position cannot be stored in {path}: {error.strerror}") from error
