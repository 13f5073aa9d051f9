"""Copies of files at http(s) addresses, kept in a folder: complete, compared with the server, never half-written.

A request is conditional (ETag, Last-Modified), so an unchanged file costs one answer without a body. A download that
breaks off is resumed with a range request (RFC 9110). A new version replaces the copy after its content was checked.
"""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import replace as changed
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import requests
import urllib3

from datastream.sources.downloads.content import WrongContent, check_content
from datastream.sources.downloads.copies import Copy, CopyFiles, Validators, shown
from weather.errors import SourceError, Unavailable

CONNECT_TIMEOUT, READ_TIMEOUT = 10.0, 30.0
"""Seconds until a server that does not answer, or stops in the middle of a body, counts as unavailable."""
REDIRECTS = 5
LONGEST_RETRY_AFTER = 3600.0
"""Seconds that a server can ask for (Retry-After) before the next request."""
CHUNK_BYTES = 1 << 16
HEADERS = {"User-Agent": "weather-stack", "Accept-Encoding": "identity"}

Cancelled = Callable[[], bool]


@dataclass(frozen=True)
class Limits:
    """The most bytes of a file, and the most seconds of one request. A slower download is resumed by the next one."""

    max_bytes: int
    max_seconds: float


@dataclass(frozen=True)
class Way:
    """How servers are reached: through a proxy, and trusting the authorities of a PEM file; empty: neither."""

    proxy: str = ""
    ca_file: str = ""


class Missing(SourceError):
    """The server has no file at this address (404 or 410)."""


class NotNow(Unavailable):
    """The server does not answer, or asks to wait: `retry_after` seconds, None if it does not say how long."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Downloads:
    """The copies in one folder, which may be shared with other processes.

    `progress` describes the download that is under way; empty if there is none.
    """

    def __init__(self, folder: Path, limits: Limits, way: Way | None = None) -> None:
        self.progress = ""
        self._folder = folder
        self._limits = limits
        self._session = requests.Session()
        self._session.trust_env = False
        if way is not None and way.proxy:
            self._session.proxies = dict.fromkeys(("http", "https"), way.proxy)
        if way is not None and way.ca_file:
            self._session.verify = way.ca_file
        self._session.max_redirects = REDIRECTS
        self._session.headers.update(HEADERS)

    def current(self, address: str, cancelled: Cancelled = lambda: False) -> Copy:
        """The copy of an address, downloaded if the server has another version. Send one request.

        If the server is unavailable or answers with something else than a file, return the last copy with `problem`.
        Without a copy, raise NotNow or WrongContent. Raise Missing on 404, SourceError if the server refuses (403).
        """
        place = CopyFiles(self._folder, address)
        with _alone(place):
            known = place.copy()
            try:
                return self._compared(place, known, cancelled)
            except (NotNow, WrongContent) as error:
                if known is None:
                    raise
                return changed(known, problem=str(error), retry_after=getattr(error, "retry_after", None))
            finally:
                self.progress = ""

    def close(self) -> None:
        """Close the connections."""
        self._session.close()

    def _compared(self, place: CopyFiles, known: Copy | None, cancelled: Cancelled) -> Copy:
        part = place.part()
        conditions = part.of_range() if part else known.validators.of_version() if known else {}
        try:
            with self._session.get(
                place.address, headers=conditions, stream=True, timeout=(CONNECT_TIMEOUT, READ_TIMEOUT)
            ) as response:
                if response.status_code == 304 and known is not None:
                    return place.confirmed(known)
                _check_status(place, response)
                self._receive(place, response, cancelled)
        except (requests.ConnectionError, requests.Timeout, urllib3.exceptions.HTTPError) as error:
            raise NotNow(f"{shown(place.address)}: {_reason(error)}") from None
        except requests.RequestException as error:
            raise SourceError(f"{shown(place.address)}: {_reason(error)}") from None
        digest = check_content(place.partial, place.address, self._limits.max_bytes)
        return place.complete(digest, known)

    def _receive(self, place: CopyFiles, response: requests.Response, cancelled: Cancelled) -> None:
        """Write the body to the partial file, behind what a range request left out."""
        begun = time.monotonic()
        received = place.begin(Validators.of(response.headers), resumed_at=_start_of_range(response))
        total = received + int(response.headers.get("Content-Length") or 0)
        self._check_size(place, total)
        with place.partial.open("ab") as file:
            while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):  # as it comes: a slow body too
                file.write(chunk)
                received += len(chunk)
                self._check_size(place, received)
                self.progress = f"downloading {place.name}: {_megabytes(received)}" + (
                    f" of {_megabytes(total)}" if total > received else ""
                )
                if cancelled():
                    raise NotNow(f"{shown(place.address)}: the download was stopped")
                if time.monotonic() - begun > self._limits.max_seconds:
                    raise NotNow(
                        f"{shown(place.address)}: {_megabytes(received)} in {self._limits.max_seconds:g} s; "
                        "the download is resumed"
                    )

    def _check_size(self, place: CopyFiles, size: int) -> None:
        if size > self._limits.max_bytes:
            place.discard_part()
            raise SourceError(
                f"{shown(place.address)}: the file has more than {_megabytes(self._limits.max_bytes)}: "
                "raise DOWNLOAD_MAX_MB"
            )


@contextmanager
def _alone(place: CopyFiles) -> Iterator[None]:
    """Hold the lock of a copy. Raise NotNow if another process is downloading it, SourceError if it is not writable."""
    try:
        place.folder.mkdir(parents=True, exist_ok=True)
        lock: Any = (place.folder / ".lock").open("w")
    except OSError as error:
        raise SourceError(f"{place.folder}: cannot write downloads there: {error.strerror}") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise NotNow(f"{shown(place.address)}: another process is downloading it", 1.0) from None
        yield


def _check_status(place: CopyFiles, response: requests.Response) -> None:
    """Raise the error that a status means, unless a body follows that is the file or the rest of it."""
    status, where = response.status_code, shown(place.address)
    if status in (404, 410):
        raise Missing(f"{where}: the server has no such file ({status})")
    if status == 416:
        place.discard_part()
        raise NotNow(f"{where}: the file has changed during the download, which starts again", 0.0)
    if status in (408, 425, 429) or status >= 500:
        raise NotNow(f"{where}: the server answers {status} {response.reason}", _retry_after(response))
    if status not in (200, 206):
        raise SourceError(f"{where}: the server answers {status} {response.reason}")
    if status == 206 and _start_of_range(response) != place.part_size():
        place.discard_part()
        raise NotNow(f"{where}: the server sent another range than asked for; the download starts again", 0.0)


def _start_of_range(response: requests.Response) -> int | None:
    """The first byte of a 206 answer; None if the answer is the whole file."""
    if response.status_code != 206:
        return None
    unit, _, range_ = response.headers.get("Content-Range", "").partition(" ")
    start = range_.partition("-")[0]
    return int(start) if unit == "bytes" and start.isdigit() else -1


def _retry_after(response: requests.Response) -> float | None:
    """Seconds of the header Retry-After, a number or a date; None if there is none or it is invalid."""
    text = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(text) if text.isdigit() else parsedate_to_datetime(text).timestamp() - time.time()
    except ValueError:
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)


def _reason(error: Exception) -> str:
    """The innermost cause, without the address, whose query may be secret."""
    while isinstance(cause := getattr(error, "reason", None) or (error.args[0] if error.args else None), Exception):
        error = cause
    return str(error).rpartition("): ")[2]


def _megabytes(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
