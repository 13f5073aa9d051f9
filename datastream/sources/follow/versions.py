"""The files to compare, in their present state: local ones as they are, those at addresses as downloaded copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from datastream.sources.downloads.copies import Copy, shown
from datastream.sources.downloads.download import Downloads, Missing
from datastream.sources.follow.comparison import Version
from datastream.sources.follow.format import Format
from weather.errors import SourceError
from weather.settings.locations import Location


@dataclass
class Found:
    """The versions, what is wrong with some of them, and how long the servers ask to wait."""

    versions: list[Version] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    retry_after: float = 0.0


def find(locations: Sequence[Location], form: Format, downloads: Downloads, cancelled: Callable[[], bool]) -> Found:
    """Look at every location once.

    Raise NotNow if a server is unavailable and there is no copy, SourceError if a file or an address does not exist.
    """
    found = Found()
    for location in locations:
        if location.path is not None:
            found.versions += local(location.path, form)
        elif copy := _copy(location, downloads, cancelled):
            found.versions.append(Version(shown(location.addresses[0]), copy.path, copy.digest))
            found.retry_after = max(found.retry_after, copy.retry_after or 0.0)
            if copy.problem:
                age = datetime.fromtimestamp(copy.checked_at, UTC).strftime("%Y-%m-%d %H:%M UTC")
                found.problems.append(f"{copy.problem}; the copy of {age} is used")
    return found


def local(path: Path, form: Format) -> Iterator[Version]:
    """A file, or the files of a folder."""
    for file in form.files(path):
        try:
            status = file.stat()
        except OSError as error:
            raise SourceError(f"{file}: cannot be read: {error.strerror}") from None
        yield Version(str(file), file, f"{status.st_size}-{status.st_mtime_ns}")


def _copy(location: Location, downloads: Downloads, cancelled: Callable[[], bool]) -> Copy | None:
    """The copy of the first address that exists; None if none does and the file is optional."""
    for address in location.addresses:
        try:
            return downloads.current(address, cancelled)
        except Missing as error:
            missing = error
    if location.optional:
        return None
    others = f"; neither has it {', '.join(map(shown, location.addresses[:-1]))}" if len(location.addresses) > 1 else ""
    raise SourceError(f"{missing}{others}")
