"""Whether a downloaded file is whole, and what a server sent instead of a file."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path

from datastream.sources.downloads.copies import shown
from weather.errors import SourceError

GZIP_MAGIC = b"\x1f\x8b"
PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<head")
CHUNK_BYTES = 1 << 18
MOST_TIMES_LARGER = 200
"""A file that unpacks to more than this many times DOWNLOAD_MAX_MB is refused."""


class WrongContent(SourceError):
    """The server sent something else than a whole file."""


def check_content(path: Path, address: str, max_bytes: int) -> str:
    """The SHA-256 of a file whose content is whole. Raise WrongContent, and delete the file, otherwise."""
    try:
        return _checked(path, address, max_bytes * MOST_TIMES_LARGER)
    except WrongContent:
        path.unlink()
        raise


def _checked(path: Path, address: str, max_unpacked: int) -> str:
    where, digest = shown(address), hashlib.sha256()
    with path.open("rb") as file:
        start = file.read(512)
        if not start:
            raise WrongContent(f"{where}: the server sent an empty file")
        if start.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(PAGE_STARTS):
            raise WrongContent(f"{where}: the server sent a web page, not the file: open the address in a browser")
        packed = start.startswith(GZIP_MAGIC)
        if not packed and shown(address).lower().endswith(".gz"):
            raise WrongContent(f"{where}: the name ends in .gz but the server sent no gzip data")
        file.seek(0)
        members = _Members(where, max_unpacked)
        while chunk := file.read(CHUNK_BYTES):
            digest.update(chunk)
            if packed:
                members.feed(chunk)
        if packed:
            members.end()
    return digest.hexdigest()


class _Members:
    """Unpacks the members of a gzip file (RFC 1952), which are followed by nothing or by zeros, and keeps nothing."""

    def __init__(self, where: str, max_unpacked: int) -> None:
        self._where = where
        self._left = max_unpacked
        self._member = zlib.decompressobj(wbits=31)
        self._between = False

    def feed(self, chunk: bytes) -> None:
        while chunk:
            if self._between:
                chunk = chunk.lstrip(b"\0")
                if not chunk:
                    return
                if chunk[:1] != GZIP_MAGIC[:1]:
                    raise WrongContent(f"{self._where}: other data follows the gzip data")
                self._member, self._between = zlib.decompressobj(wbits=31), False
            try:
                self._left -= len(self._member.decompress(chunk, CHUNK_BYTES))
            except zlib.error as error:
                raise WrongContent(f"{self._where}: the gzip data is damaged ({error})") from None
            if self._left < 0:
                raise WrongContent(f"{self._where}: the file unpacks to too many bytes")
            self._between = self._member.eof
            chunk = self._member.unused_data if self._between else self._member.unconsumed_tail

    def end(self) -> None:
        if not self._between:
            raise WrongContent(f"{self._where}: the gzip data is truncated")
