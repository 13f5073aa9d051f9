"""The file of a backup: a tar whose last member lists the SHA-256 checksum of each member before it.

Without these scripts: `tar xf FILE && sha256sum --check SHA256SUMS`.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import tarfile
import tempfile
import time
from pathlib import Path
from typing import IO, Any, Self

from stack.common.steps import SIGN_OF_LIFE_EVERY, say
from weather import files
from weather.errors import SetupError

FORMAT = 1
CHECKSUMS = "SHA256SUMS"
MANIFEST = "manifest.json"
BLOCK = 1 << 20
COMPRESSION = 1
"""The fastest level of gzip."""


class Writer:
    """Writes the file. It exists under its name only when it is complete; only its owner may read it."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._folder = Path(tempfile.mkdtemp(prefix=f".{file.name}.", dir=file.parent))
        self._checksums: list[str] = []
        whole = os.open(self._folder / "whole", os.O_RDWR | os.O_CREAT, files.PRIVATE)
        self._tar = tarfile.TarFile(fileobj=os.fdopen(whole, "w+b"), mode="w")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        """Put the file in its place, or remove it if the block has failed."""
        try:
            if kind is None:
                self._add(CHECKSUMS, io.BytesIO("".join(self._checksums).encode()))
                self._tar.close()
                files.sync(self._folder / "whole")
                (self._folder / "whole").replace(self._file)
                files.sync(self._file.parent)
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def add(self, name: str, content: bytes) -> None:
        """Add a small member."""
        self._add(name, io.BytesIO(content))

    def add_compressed(self, name: str, content: IO[bytes]) -> None:
        """Add what a stream has, compressed with gzip, as `name`.gz. Print progress."""
        with tempfile.TemporaryFile(dir=self._folder) as part:  # the size of a member stands before its content
            with gzip.GzipFile(fileobj=part, mode="wb", compresslevel=COMPRESSION, mtime=0) as compressed:
                _copy(content, compressed, name)
            part.flush()
            self._add(f"{name}.gz", part)

    def _add(self, name: str, content: IO[bytes]) -> None:
        member = tarfile.TarInfo(name)
        member.size = content.seek(0, os.SEEK_END)
        member.mode, member.mtime = files.PRIVATE, int(time.time())
        content.seek(0)
        if name != CHECKSUMS:
            self._checksums.append(f"{hashlib.file_digest(content, 'sha256').hexdigest()}  {name}\n")  # type: ignore[arg-type]
            content.seek(0)
        self._tar.addfile(member, content)


def check(file: Path) -> dict[str, Any]:
    """Read the whole file, compare each member with its checksum, and return the manifest.

    Raise SetupError if the file is no backup, is of another format, ends early, or a member has changed.
    """
    found: dict[str, str] = {}
    listed, manifest = "", b""
    try:
        with tarfile.open(file, mode="r:") as tar:
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    raise SetupError(f"{file} is not a backup: {member.name} is not a file")
                if member.name == CHECKSUMS:
                    listed = content.read().decode()
                    continue
                if member.name == MANIFEST:
                    manifest = content.read()
                    content.seek(0)
                found[member.name] = hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]
    except (OSError, EOFError, tarfile.TarError, UnicodeDecodeError) as error:
        raise SetupError(f"{file} is not a whole backup: {error}") from None
    lines = [line.partition("  ") for line in listed.splitlines()]
    expected = {name: checksum for checksum, _, name in lines}
    if not manifest or not expected:
        raise SetupError(f"{file} is not a whole backup: it has no {MANIFEST if not manifest else CHECKSUMS}")
    if wrong := sorted(name for name in found.keys() | expected.keys() if found.get(name) != expected.get(name)):
        raise SetupError(f"{file} is damaged: {', '.join(wrong)} do not have their checksums")
    described = dict(json.loads(manifest))
    if described.get("format") != FORMAT:
        raise SetupError(f"{file} has the format {described.get('format')}; this version reads format {FORMAT}")
    return described


def unpack(file: Path, folder: Path) -> None:
    """Write the members of a checked file to a folder."""
    with tarfile.open(file, mode="r:") as tar:
        tar.extractall(folder, filter="data")


def _copy(content: IO[bytes], to: gzip.GzipFile, name: str) -> None:
    """Copy a stream. Say how much was copied every ten seconds, and at the end."""
    copied, last = 0, time.monotonic()
    while block := content.read(BLOCK):
        to.write(block)
        copied += len(block)
        if time.monotonic() - last >= SIGN_OF_LIFE_EVERY:
            last = time.monotonic()
            say(f"    {name}: {copied / 1e6:.0f} MB …")
    say(f"    {name}: {copied / 1e6:.1f} MB")
