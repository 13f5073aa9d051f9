"""Dead letters: invalid records, sent as received to the dead-letter topic `<topic>.dlq`, with headers."""

from __future__ import annotations

REASON = "reason"
"""Why the record is invalid, in words."""
COMPONENT = "component"
"""The component that dead-lettered the record."""
ORIGIN = "origin"
"""Where the record is: file and line, or topic, partition and offset. Dead letters of one origin are duplicates."""

MAX_REASON_BYTES = 1000
MAX_BYTES = 900_000
"""Kafka accepts records up to one megabyte, headers included. A well compressed record may have been larger."""


SUFFIX = ".dlq"
TRUNCATED = "truncated from "
"""How the reason of a truncated record begins."""


def topic_of(topic: str) -> str:
    """The dead-letter topic of a topic."""
    return topic + SUFFIX


def fitting(key: bytes | None, value: bytes | None, reason: str) -> tuple[bytes | None, bytes | None, str]:
    """Key, value and reason of a dead letter that Kafka accepts. An oversized record is truncated; its reason says so.

    The whole record is still at its origin. A record without key and value gets an empty value.
    """
    size = len(key or b"") + len(value or b"")
    if size > MAX_BYTES:
        half = MAX_BYTES // 2
        return key and key[:half], value and value[:half], f"{TRUNCATED}{size:,} bytes; {reason}"
    return key, b"" if key is None and value is None else value, reason


def headers(reason: str, component: str, origin: str) -> tuple[tuple[str, bytes], ...]:
    """The Kafka headers of one dead letter, in UTF-8."""
    return (
        (REASON, reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore").encode()),
        (COMPONENT, component.encode()),
        (ORIGIN, origin.encode()),
    )
