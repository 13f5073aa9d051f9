"""The headers of a dead letter: a record that could not be used, kept as received in `<topic>.dlq`."""

from __future__ import annotations

REASON = "reason"
"""Why the record could not be used, in words."""
COMPONENT = "component"
"""Which part of the stack set it aside."""
ORIGIN = "origin"
"""Where it stood: file and line, or topic, partition and offset. Two letters of one origin are one letter."""

MAX_REASON_BYTES = 1000
MAX_BYTES = 900_000
"""Kafka takes records of a megabyte, headers and all. One that compressed well may have been longer."""


def topic_of(topic: str) -> str:
    """The dead-letter topic of a topic."""
    return f"{topic}.dlq"


def fitting(key: bytes | None, value: bytes | None, reason: str) -> tuple[bytes | None, bytes | None, str]:
    """Key, value and reason of a letter that Kafka takes: as they are, or their beginnings and a reason that says so.

    The whole record is still at its origin. A record of nothing at all gets an empty value.
    """
    size = len(key or b"") + len(value or b"")
    if size > MAX_BYTES:
        half = MAX_BYTES // 2
        return key and key[:half], value and value[:half], f"of {size:,} bytes the beginning is kept here; {reason}"
    return key, b"" if key is None and value is None else value, reason


def headers(reason: str, component: str, origin: str) -> tuple[tuple[str, bytes], ...]:
    """Kafka headers of one dead letter, UTF-8."""
    return (
        (REASON, reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore").encode()),
        (COMPONENT, component.encode()),
        (ORIGIN, origin.encode()),
    )
