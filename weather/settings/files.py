"""The settings that all sources of files have: where the files are, and how often they are polled."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weather.settings import declare, locations
from weather.settings.declare import Group
from weather.settings.locations import Location
from weather.settings.variables import Variables

FOLLOW_ADDRESSES = 300.0
"""Seconds between two requests for a file at an address."""


def _follow(variables: Variables) -> float | None:
    return variables.seconds("STREAMING_FOLLOW") if variables.optional("STREAMING_FOLLOW") else None


@dataclass(frozen=True)
class Files(Group):
    """The files of a source: those of `data`, or official ones that are downloaded, as the subclass declares them."""

    data: tuple[Location, ...]
    official: tuple[str, ...]
    asked_follow: float | None = declare.setting(["STREAMING_FOLLOW"], _follow, "seconds, or empty")

    @property
    def has_addresses(self) -> bool:
        """Whether files are downloaded."""
        return bool(self.official) or any(location.addresses for location in self.data)

    @property
    def follow(self) -> float:
        """Seconds from one look at the files to the next; 0 = they are read once."""
        default = FOLLOW_ADDRESSES if self.has_addresses else 0.0
        return default if self.asked_follow is None else self.asked_follow

    @property
    def is_replay(self) -> bool:
        """Whether local files are read once."""
        return not self.follow and not self.has_addresses

    @property
    def local(self) -> tuple[Path, ...]:
        """The files and folders of this machine."""
        return () if self.official else tuple(place.path for place in self.data if place.path is not None)


def year(name: str, first: int) -> Any:
    """A year, or 0 if the setting is empty."""

    def read(variables: Variables) -> int:
        return variables.integer(name, first, 9999) if variables.optional(name) else 0

    return declare.setting([name], read, f"year, {first} or later, or empty")


def base_address(name: str) -> Any:
    """The address of the folder that holds the official files."""
    return declare.setting([name], lambda variables: locations.checked(variables.text(name), name), "http(s) address")
