"""Where the copy of an address is, what is known of its version, and a download that is not complete."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from dataclasses import replace as changed
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from weather import files
from weather.settings.locations import name_of


def shown(address: str) -> str:
    """An address for messages: without user, password and query, which may be secret."""
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


@dataclass(frozen=True)
class Validators:
    """What identifies a version on the server: ETag and Last-Modified; empty if the server sends none."""

    etag: str = ""
    last_modified: str = ""

    @classmethod
    def of(cls, headers: Mapping[str, str]) -> Validators:
        return cls(headers.get("ETag", ""), headers.get("Last-Modified", ""))

    def of_version(self) -> dict[str, str]:
        """The headers of a request that is answered with 304 if the version is still the same."""
        both = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in both.items() if value}

    @property
    def strong(self) -> str:
        """The validator of a range request; a weak ETag (W/…) cannot be one."""
        return self.last_modified if self.etag.startswith("W/") else self.etag or self.last_modified


@dataclass(frozen=True)
class Copy:
    """A complete copy: `digest` identifies its content, `checked_at` is when it was last compared with the server.

    `problem` says why it could not be compared now; `retry_after` are the seconds that the server asks to wait.
    """

    path: Path
    digest: str
    fetched_at: float
    checked_at: float
    validators: Validators = field(default_factory=Validators)
    problem: str = ""
    retry_after: float | None = None


@dataclass(frozen=True)
class Part:
    """The first `size` bytes of a download that broke off."""

    size: int
    validator: str

    def of_range(self) -> dict[str, str]:
        """The headers of a request for the rest, or for the whole file if it has changed."""
        return {"Range": f"bytes={self.size}-", "If-Range": self.validator}


class CopyFiles:
    """The files of one address: the copy, its description, and the partial download."""

    def __init__(self, folder: Path, address: str) -> None:
        self.address = address
        self.name = name_of(address)
        self.folder = folder / hashlib.sha256(address.encode()).hexdigest()[:16]
        self.partial = self.folder / f"{self.name}.part"
        self._file = self.folder / self.name
        self._description = self.folder / "copy.json"
        self._part_description = self.folder / "part.json"

    def copy(self) -> Copy | None:
        """The complete copy; None if there is none or its files do not belong together."""
        found = _json(self._description)
        try:
            if found is None or self._file.stat().st_size != found.pop("size"):
                return None
            return Copy(self._file, validators=Validators(**found.pop("validators")), **found)
        except (OSError, TypeError, KeyError):
            return None

    def part(self) -> Part | None:
        """The partial download; None if there is none or the server cannot resume it."""
        found = _json(self._part_description)
        validator = Validators(**found).strong if found else ""
        size = self.part_size()
        return Part(size, validator) if validator and size else None

    def part_size(self) -> int:
        """Bytes of the partial download; 0 if there is none."""
        return self.partial.stat().st_size if self.partial.exists() else 0

    def discard_part(self) -> None:
        """Forget the partial download."""
        self._part_description.unlink(missing_ok=True)
        self.partial.unlink(missing_ok=True)

    def begin(self, validators: Validators, resumed_at: int | None) -> int:
        """Prepare the partial file for the body of an answer. Return the bytes that it already has."""
        if resumed_at is None:
            self.discard_part()
            self.partial.touch()
            files.replace(self._part_description, json.dumps(asdict(validators)))
        return resumed_at or 0

    def confirmed(self, known: Copy) -> Copy:
        """The copy is still that of the server."""
        return self._described(changed(known, checked_at=time.time()))

    def complete(self, digest: str, known: Copy | None) -> Copy:
        """Replace the copy with the partial file, which is whole. A new version with the same content keeps its age."""
        validators = Validators(**(_json(self._part_description) or {}))
        now = time.time()
        fetched = known.fetched_at if known and known.digest == digest else now
        self._description.unlink(missing_ok=True)
        files.sync(self.partial)
        self.partial.replace(self._file)
        self._part_description.unlink(missing_ok=True)
        return self._described(Copy(self._file, digest, fetched, now, validators))

    def _described(self, copy: Copy) -> Copy:
        kept = {
            "size": copy.path.stat().st_size, "digest": copy.digest, "validators": asdict(copy.validators),
            "fetched_at": copy.fetched_at, "checked_at": copy.checked_at,
        }  # fmt: skip
        files.replace(self._description, json.dumps(kept), durable=True)
        return copy


def _json(path: Path) -> dict[str, Any] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None
