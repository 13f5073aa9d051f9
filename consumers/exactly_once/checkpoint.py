"""The programs' checkpoint files: their names, their format, and the error for an invalid one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from weather.errors import SetupError


def partition_file(folder: Path, partition: int) -> Path:
    """The checkpoint file of a partition."""
    return folder / f"partition-{partition}.json"


def render(document: dict[str, Any]) -> bytes:
    """Indented JSON. Equal content gives equal bytes."""
    return (json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n").encode()


def load(path: Path) -> dict[str, Any] | None:
    """The JSON object in a checkpoint; None if there is no file. Raise SetupError if it holds anything else."""
    try:
        document = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise invalid(path, f"it is not JSON ({error})") from error
    if not isinstance(document, dict):
        raise invalid(path, "it is not a JSON object")
    return document


def whole_number(document: dict[str, Any], name: str, path: Path, least: int = 0) -> int:
    """An integer of a checkpoint. Raise SetupError if it is missing or less than `least`."""
    value = document.get(name)
    if type(value) is not int or value < least:
        raise invalid(path, f'"{name}" is {value!r}')
    return value


def invalid(path: Path, why: str) -> SetupError:
    """The error for a checkpoint that is damaged or was written by another program."""
    return SetupError(
        f"{path} is not a checkpoint of this program: {why}. Restore the right file, or choose another folder with "
        "--out. If you do not need its content, move it away: the partition is then read from its beginning"
    )
