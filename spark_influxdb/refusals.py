"""Which lines InfluxDB has refused, as far as its message says. Pure: no network.

Observed with influxd 2.7 (tests/integration/test_refusals.py):

- 400: a line does not parse. The message quotes every such line in order, and nothing at all is stored.
- 422, "partial write": points contradict the type of a field in their shard, or lie outside the retention period. The
  message names one conflict and the number of points that one shard dropped. Other shards may have dropped more. The
  remaining points are stored, or will be.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_UNPARSED = "unable to parse '"
_DROPPED = re.compile(r" dropped=(\d+)( for database: .*)?$", re.DOTALL)
_CONFLICT = re.compile(r'input field "(.+?)" on measurement "(.+?)" is type (\w+), already exists as type \w+')
_POINT = re.compile(rb"((?:[^ \\]|\\.)*) .* (-?\d+)$", re.DOTALL)
_VALUES = {
    "string": rb'"',
    "integer": rb"-?\d+i\b",
    "unsigned": rb"\d+u\b",
    "boolean": rb"[tTfF]",
    "float": rb"-?[\d.]+(?:[eE][-+]?\d+)?(?=[, ])",
}
"""Type of a field, as a message spells it → pattern of the beginning of its values in line protocol."""

Split = tuple[list[int], list[int]]
"""Two groups of line numbers, to be written one after the other. Lines of the same point stay in their order."""


def unparsed(lines: Sequence[bytes], message: str) -> dict[int, str]:
    """The lines that the message quotes: number → its part of the message. Empty if it quotes none of these lines."""
    found: dict[int, str] = {}
    at = 0
    for number, line in enumerate(lines):
        quoted = f"{_UNPARSED}{line.decode(errors='replace')}': "
        if not message.startswith(quoted, at):
            continue
        end = message.find(f"\n{_UNPARSED}", at + len(quoted))
        found[number] = message[at : end if end >= 0 else None]
        if end < 0:
            return found
        at = end + 1
    return found


def dropped(message: str) -> int:
    """How many points were dropped according to the message, at least; 0 if it has no number."""
    match = _DROPPED.search(message)
    return int(match[1]) if match else 0


def of_one_line(message: str) -> str:
    """The message without the number of points that were dropped."""
    return _DROPPED.sub("", message)


def split(lines: Sequence[bytes], message: str) -> Split:
    """Split the lines into suspects of the message and others, or into halves by time: each shard has its own types.

    Both groups have lines; `lines` must have at least two.
    """
    suspects = _with_their_points(lines, _suspects(lines, message))
    if 0 < len(suspects) < len(lines):
        return [n for n in range(len(lines)) if n in suspects], [n for n in range(len(lines)) if n not in suspects]
    by_time = sorted(range(len(lines)), key=lambda number: _seconds(lines[number]))
    half = len(lines) // 2
    return by_time[:half], by_time[half:]


def _suspects(lines: Sequence[bytes], message: str) -> set[int]:
    """The lines with the measurement, field and type of value that conflict according to the message."""
    conflict = _CONFLICT.search(message)
    if not conflict or conflict[3] not in _VALUES:
        return set()
    field, measurement = _escaped(conflict[1], ",= "), _escaped(conflict[2], ", ")
    value = re.compile(rb"[ ,]" + re.escape(field) + b"=" + _VALUES[conflict[3]])
    begins = (measurement + b",", measurement + b" ")
    return {number for number, line in enumerate(lines) if line.startswith(begins) and value.search(line)}


def _escaped(name: str, special: str) -> bytes:
    """A name as it is in a line; messages contain it without backslashes."""
    return re.sub(f"([{special}])", r"\\\1", name).encode()


def _with_their_points(lines: Sequence[bytes], chosen: set[int]) -> set[int]:
    """The chosen lines and all lines of the same points, which must stay in their order: the last one counts."""
    points = [match.groups() if (match := _POINT.match(line)) else (line,) for line in lines]
    wanted = {points[number] for number in chosen}
    return {number for number, point in enumerate(points) if point in wanted}


def _seconds(line: bytes) -> int:
    match = _POINT.match(line)
    return int(match[2]) if match else 0
