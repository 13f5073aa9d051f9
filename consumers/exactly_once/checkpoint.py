"""The checkpoint files of the programs: what they hold, and errors about those that hold something else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from weather.errors import SetupError


def partition_file(folder: Path, partition: int) -> Path:
    """The file that says how far a program has come in a partition."""
    return folder / f"partition-{partition}.json"


def render(document: dict[str, Any]) -> bytes:
    """JSON that is the same for the same content, for people and programs."""
    return (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def load(path: Path) -> dict[str, Any] | None:
    """The object in a checkpoint, or None where there is no file; SetupError where it holds something else."""
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise unusable(path, f"it is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise unusable(path, "it holds no JSON object")
    return document


def whole_number(document: dict[str, Any], name: str, path: Path, least: int = 0) -> int:
    """A whole number of a checkpoint; SetupError where it is missing or less than `least`."""
    value = document.get(name)
    if type(value) is not int or value < least:
        raise unusable(path, f'"{name}" is {value!r}')
    return value


def unusable(path: Path, why: str) -> SetupError:
    """The error for a checkpoint that this program did not write, or that was damaged."""
    return SetupError(
        f"{path} is no checkpoint of this program: {why}. Put the right file back, or choose another folder with "
        "--out; if its content may be lost, move it away, and the partition is read from its beginning"
    )
