"""Reads the keys of a TOML table and checks them. An error names the file and the key."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from weather.description.model import RESERVED, Columns
from weather.errors import SettingsError

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
"""What a measurement, a field or a tag may be called: a name that no query and no dashboard has to escape."""


class Table:
    """A table of the TOML file. A key is read and checked, or SettingsError raised. A default makes it optional."""

    def __init__(self, file: Path, where: str, values: Mapping[str, Any]) -> None:
        self._file = file
        self._where = where
        self._values = dict(values)
        self._left = set(values)

    def names(self) -> list[str]:
        return list(self._values)

    def error(self, key: str, words: str) -> SettingsError:
        return SettingsError(f"{self._file}: {self._where}{key}: {words}")

    def text(self, key: str, default: str | None = None, form: re.Pattern[str] | None = None) -> str:
        found = self._get(key, default)
        if not isinstance(found, str) or (not found and default is None):
            raise self.error(key, f"{found!r} is not a text")
        if form is not None and not form.fullmatch(found):
            raise self.error(key, f"{found!r} may have letters, digits and _ only, and begins with a letter")
        return found

    def choice(self, key: str, *values: str) -> str:
        """One of the values; the first is the default."""
        found = self.text(key, values[0])
        if found not in values:
            raise self.error(key, f"{found!r} is neither {' nor '.join(map(repr, values))}")
        return found

    def number(self, key: str, default: int) -> int:
        found = self._get(key, default)
        if not isinstance(found, int) or isinstance(found, bool) or found < 0:
            raise self.error(key, f"{found!r} is not a whole number, 0 or more")
        return found

    def texts(self, key: str, default: Columns | None = None) -> Columns:
        """A list of texts, or one text alone."""
        found = self._get(key, default)
        found = (found,) if isinstance(found, str) else found
        if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
            raise self.error(key, f"{found!r} is neither a text nor a list of texts")
        if not found and default is None:
            raise self.error(key, "is empty")
        return tuple(found)

    def table(self, key: str, default: dict[str, Any] | None = None) -> Table:
        found = self._get(key, default)
        if not isinstance(found, dict):
            raise self.error(key, "is not a table: write it as [" + key + "]")
        return Table(self._file, f"{key}.", found)

    def tables(self, key: str) -> list[Table]:
        found = self._get(key, None)
        if not isinstance(found, list) or not found or not all(isinstance(each, dict) for each in found):
            raise self.error(key, "there must be one or more: write each as [[" + key + "]]")
        return [Table(self._file, f"{key} {number}: ", each) for number, each in enumerate(found, start=1)]

    def check_name(self, key: str, name: str) -> None:
        """Raise SettingsError if a tag or a field cannot have this name."""
        if not NAME.fullmatch(name):
            raise self.error(key, f"{name!r} may have letters, digits and _ only, and begins with a letter")
        if name in RESERVED:
            raise self.error(key, f"the name {name} has a meaning of its own: choose another one")

    def no_other_keys(self) -> None:
        """Raise SettingsError for a key that was not read, such as a misspelt one."""
        if self._left:
            raise self.error(min(self._left), "there is no such key")

    def _get(self, key: str, default: Any) -> Any:
        self._left.discard(key)
        found = self._values.get(key, default)
        if found is None:
            raise self.error(key, "is missing")
        return found
