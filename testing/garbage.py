"""Messages that belong to no topic of the project, whatever its format."""

from __future__ import annotations

KINDS: tuple[bytes, ...] = (
    b"", b" ", b"\n", b"\x00", b"\xff\xfe\xfd", b"\x00" * 5000,
    b"garbage", b"null", b"true", b"7", b"-1e999", b"NaN", b'"text"', b"[]", b"[{}]", b"{}", b'{"": ""}',
    b'{"T": 1', b"{'T': 1}", b'{"T": 1}}', b'{"station": null}', b'{"a": ' + b"[" * 2000 + b"]" * 2000 + b"}",
    b'{"station": {"station": "A"}, "NUM_POSTE": [], "WBANNO": true}',
    "température".encode("latin-1"), "{\"station\": \"\ud800\"}".encode("utf-8", "surrogatepass"),
    b"x" * 500_000,
)  # fmt: skip
"""26 kinds: nothing, control signs, other types of JSON, broken JSON, nested, other encodings, half a megabyte."""
