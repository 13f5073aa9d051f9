"""The headers of a dead letter: a record that could not be used, kept as received in `<topic>.dlq`."""

from __future__ import annotations

REASON = "reason"
"""Why the record could not be used, in words."""
COMPONENT = "component"
"""Which part of the stack set it aside."""
ORIGIN = "origin"
"""Where it stood: file and line, or topic, partition and offset. Two letters of one origin are one letter."""

MOST_REASON_BYTES = 1000


def headers(reason: str, component: str, origin: str) -> tuple[tuple[str, bytes], ...]:
    """Kafka headers of one dead letter, UTF-8."""
    return (
        (REASON, reason.encode()[:MOST_REASON_BYTES].decode(errors="ignore").encode()),
        (COMPONENT, component.encode()),
        (ORIGIN, origin.encode()),
    )
