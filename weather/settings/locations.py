"""Where the files of a source are: paths and http(s) addresses, separated by spaces."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from weather.errors import SettingsError
from weather.settings import declare
from weather.settings.variables import Variables

SCHEMES = ("http://", "https://")


@dataclass(frozen=True)
class Location:
    """A file or a folder, or the addresses of a file: the first one that exists counts.

    An `optional` file may be missing on the server, such as that of a period which has not begun.
    """

    path: Path | None = None
    addresses: tuple[str, ...] = ()
    optional: bool = False

    @property
    def name(self) -> str:
        """The name of the file or folder."""
        return self.path.name if self.path else name_of(self.addresses[0])


def setting(name: str) -> Any:
    """A field with one or more locations, in order."""
    return declare.setting([name], lambda variables: read(variables, name), "paths and http(s) addresses")


def read(variables: Variables, name: str) -> tuple[Location, ...]:
    """The locations that a setting lists. An existing path may hold spaces; in a list quotes protect them.

    Raise SettingsError if a quote has no end or an address has no host.
    """
    text = variables.text(name)
    if not is_address(text) and Path(text).exists():
        return (Location(Path(text)),)
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise SettingsError(f"{name}={text}: {error}") from None
    return tuple(
        Location(addresses=(checked(word, name),)) if is_address(word) else Location(Path(word)) for word in words
    )


def is_address(text: str) -> bool:
    """Whether a text begins as an http(s) address."""
    return text.lower().startswith(SCHEMES)


def checked(address: str, name: str) -> str:
    """The address. Raise SettingsError if it has no host or an invalid port."""
    try:
        parts = urlsplit(address)
        valid = bool(parts.hostname) and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid or re.search(r"\s", address):
        raise SettingsError(f"{name}: {address!r} is not an address such as https://host/path/file.csv.gz")
    return address


def name_of(address: str) -> str:
    """The name of the file at an address, with other characters than letters, digits, `.`, `_` and `-` replaced."""
    name = unquote(urlsplit(address).path).rpartition("/")[2]
    return "".join(sign if sign.isalnum() or sign in "._-" else "_" for sign in name) or "file"
