"""Whether a file of a checkpoint is whole: a power failure leaves files that are empty, end early, or hold zeros.

The formats are those of Spark 4 (`HDFSMetadataLog`, `HDFSBackedStateStoreProvider`, `StateSchemaCompatibilityChecker`).
"""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pyarrow as pa

LZ4_BLOCK = struct.Struct("<8sBIII")
"""Header of a block of `LZ4BlockOutputStream`: magic, method, compressed and original length, checksum."""
MAGIC, RAW = b"LZ4Block", 0x10
END_OF_STATE = b"\xff\xff\xff\xff"


def query_id(file: Path) -> bool:
    """The file `metadata`: a JSON object with the id of the query."""
    return "id" in (_json_object(file.read_bytes()) or {})


def log_entry(file: Path) -> bool:
    """A file of `offsets`, `commits` or `sources`: a version, then lines of JSON, or "-" (no offset yet)."""
    version, *lines = file.read_bytes().removeprefix(b"\0").split(b"\n")
    return (
        version[:1] == b"v"
        and version[1:].isdigit()
        and bool(lines)
        and all(line == b"-" or _json_object(line) is not None for line in lines)
    )


def offsets(file: Path) -> bool:
    """A file of `offsets`: version, properties of the batch, and at least one source."""
    return log_entry(file) and file.read_bytes().count(b"\n") >= 2


def state(file: Path) -> bool:
    """A delta or a snapshot: key-value pairs with their lengths, ended by the length -1, in blocks of LZ4."""
    try:
        content = _decompressed(file.read_bytes())
    except (ValueError, OSError, struct.error):  # OSError: pyarrow cannot decompress a block
        return False
    at = 0
    while content[at : at + 4] != END_OF_STATE:
        for _ in ("key", "value"):
            length = struct.unpack_from(">i", content, at)[0] if at + 4 <= len(content) else None
            if length is None:
                return False
            at += 4 + max(length, 0)  # a removed key has the length -1 in place of a value
        if at > len(content):
            return False
    return at + 4 == len(content)


def schema(file: Path) -> bool:
    """The schema of a state store, version 2: two texts, each in parts. Other versions: its beginning only."""
    content = file.read_bytes()
    try:
        version, at = _text(content, 0)
        if version != b"v2":
            return version[:1] == b"v"
        for _ in ("key", "value"):
            (parts,) = struct.unpack_from(">i", content, at)
            at += 4
            for _ in range(parts):
                _, at = _text(content, at)
    except (struct.error, ValueError):
        return False
    return at == len(content)


def _decompressed(stream: bytes) -> bytes:
    """The content of blocks of LZ4, up to the empty one at the end. Raise ValueError if it ends early."""
    found, at, codec = [], 0, pa.Codec("lz4_raw")
    while True:
        magic, token, compressed, original, _ = LZ4_BLOCK.unpack_from(stream, at)
        if magic != MAGIC:
            raise ValueError("no block of LZ4")
        at += LZ4_BLOCK.size
        if not original:
            break
        block, at = stream[at : at + compressed], at + compressed
        if len(block) < compressed:
            raise ValueError("the block ends early")
        raw = token & 0xF0 == RAW
        found.append(block if raw else codec.decompress(block, original, asbytes=True))
    if at != len(stream):
        raise ValueError("there is something after the end")
    return b"".join(found)


def _text(content: bytes, at: int) -> tuple[bytes, int]:
    """A text as Java's `writeUTF` writes it, and the place after it. Raise ValueError if it ends early."""
    (length,) = struct.unpack_from(">H", content, at)
    end = at + 2 + length
    if end > len(content):
        raise ValueError("the text ends early")
    return content[at + 2 : end], end


def _json_object(text: bytes) -> dict[str, object] | None:
    try:
        found = json.loads(text)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
