"""One line of a CSV or NDJSON file → the texts of its columns. Pure: no access to files or the network.

Standard library only, because the set-up reads files too, before packages are installed.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from weather.description.model import NDJSON, WHITESPACE, Columns, Description
from weather.errors import SourceError

Cells = dict[str, str]
"""The texts of the columns that the description names; a column without a text is left out."""
Read = Callable[[bytes], Cells]


def split(line: bytes, description: Description) -> list[str]:
    """The cells of a line of a CSV file. Raise ValueError, with the reason, if it is not a whole line of text."""
    text = decoded(line, description)
    if description.delimiter == WHITESPACE:
        return text.split()
    try:
        [cells] = csv.reader([text], delimiter=description.delimiter, strict=True)
    except (csv.Error, ValueError) as error:
        raise ValueError(f"not a line of CSV: {error}") from None
    return [cell.strip() for cell in cells]


def decoded(line: bytes, description: Description) -> str:
    """The text of a line. Raise ValueError if it is not of the description's encoding."""
    try:
        return line.decode(description.encoding).rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueError(f"not {description.encoding.upper()} text") from None


def of_csv(names: Sequence[str], description: Description) -> Read:
    """The function that reads a line whose columns are called `names`."""
    places = {name: names.index(name) for name in description.used_columns}

    def read(line: bytes) -> Cells:
        cells = split(line, description)
        if len(cells) != len(names):
            raise ValueError(f"{len(cells)} columns instead of {len(names)}")
        return {name: cells[at] for name, at in places.items() if cells[at]}

    return read


def of_ndjson(description: Description) -> Read:
    """The function that reads a line with a JSON object. `a.b` names key b of the object under key a."""
    paths = {name: name.split(".") for name in description.used_columns}

    def read(line: bytes) -> Cells:
        try:
            found = json.loads(decoded(line, description), parse_constant=_no_number)
        except json.JSONDecodeError as error:
            raise ValueError(f"not JSON: {error}") from None
        if not isinstance(found, dict):
            raise ValueError("not a JSON object")
        texts = {name: _text(name, _at(found, path)) for name, path in paths.items()}
        return {name: text for name, text in texts.items() if text}

    return read


def header(line: bytes, path: Path, description: Description) -> Columns:
    """The columns that a header line names. Raise SourceError if one that the description needs is missing or twice."""
    try:
        names = split(line.removeprefix(b"\xef\xbb\xbf"), description)
    except ValueError as error:
        raise SourceError(f"{path}, line {description.skip + 1}: the header is {error}") from None
    for name in description.used_columns:
        if names.count(name) != 1:
            what = "is missing" if name not in names else "occurs twice"
            raise SourceError(
                f"{path}, line {description.skip + 1}: column {name!r} of {description.file.name} {what}; "
                f"there are {', '.join(map(repr, names))[:300]}"
            )
    return tuple(names)


def reader(header_line: bytes | None, path: Path, description: Description) -> Read:
    """The function that reads the lines of a file. Raise SourceError if its header does not fit the description."""
    if description.format == NDJSON:
        return of_ndjson(description)
    return of_csv(description.columns or header(header_line or b"", path, description), description)


def _no_number(name: str) -> Any:
    raise ValueError(f"not JSON: {name}")


def _at(found: Any, path: Sequence[str]) -> Any:
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{name} is neither a text nor a number")
    return value.strip() if isinstance(value, str) else repr(value)
