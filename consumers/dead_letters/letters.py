"""Dead letters as they are in the topics: what they hold, and which of them a command is about."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from consumers.kafka.received import Topic
from consumers.kafka.topic_log import Cluster, Stored
from weather import dead_letter
from weather.errors import SettingsError

FROM_SOURCE = "datastream"
"""The component whose dead letters are rows of the source's files or tables, not messages of a topic."""
_ORIGIN = re.compile(r"(.+)-(\d+)@(\d+)")


@dataclass(frozen=True)
class Letter:
    """A dead letter. `at` is when it was sent; `id` identifies it, also if its topic is deleted and created again."""

    topic: str
    """The topic of the record: that of the dead letter without its ending."""
    partition: int
    offset: int
    id: str
    at: datetime
    reason: str
    component: str
    origin: str
    key: bytes | None
    value: bytes | None

    @classmethod
    def of(cls, record: Stored, topic: Topic) -> Letter:
        """The dead letter in a record. Missing headers are empty."""
        headers = {name: value.decode(errors="replace") for name, value in record.headers}
        return cls(
            topic=topic.name.removesuffix(dead_letter.SUFFIX),
            partition=record.partition,
            offset=record.offset,
            id=f"{topic.id}/{record.partition}@{record.offset}",
            at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
            reason=headers.get(dead_letter.REASON, ""),
            component=headers.get(dead_letter.COMPONENT, ""),
            origin=headers.get(dead_letter.ORIGIN, ""),
            key=record.key,
            value=record.value,
        )

    @property
    def name(self) -> str:
        """Its place, as Kafka's tools write it."""
        return f"{dead_letter.topic_of(self.topic)}-{self.partition}@{self.offset}"

    @property
    def is_message(self) -> bool:
        """Whether it was a message of the topic, so that it may be sent there again."""
        return self.component != FROM_SOURCE

    @property
    def is_truncated(self) -> bool:
        """Whether its value was too large for a dead letter and is not complete."""
        return self.reason.startswith(dead_letter.TRUNCATED)

    @property
    def partition_of_record(self) -> int | None:
        """The partition in which the record was, from its origin; None if the origin names none."""
        found = _ORIGIN.fullmatch(self.origin)
        return int(found[2]) if found and found[1] == self.topic else None

    def document(self, state: str) -> dict[str, Any]:
        """The dead letter as JSON values. A key or value that is no UTF-8 text is in base64, under another name."""
        return {
            "topic": self.topic,
            "dead_letter": self.name,
            "at": self.at.isoformat(timespec="milliseconds"),
            "state": state,
            "reason": self.reason,
            "component": self.component,
            "origin": self.origin,
            **_text("key", self.key),
            **_text("value", self.value),
        }


@dataclass(frozen=True)
class Wanted:
    """Which dead letters: empty conditions hold for all. `reason` is a regular expression, `origin` a part of one."""

    topics: Sequence[str] = ()
    reason: re.Pattern[str] | None = None
    component: str = ""
    origin: str = ""
    since: datetime = field(default=datetime.min.replace(tzinfo=UTC))
    until: datetime = field(default=datetime.max.replace(tzinfo=UTC))

    def fits(self, letter: Letter) -> bool:
        return (
            (self.reason is None or self.reason.search(letter.reason) is not None)
            and (not self.component or letter.component == self.component)
            and self.origin in letter.origin
            and self.since <= letter.at < self.until
        )


def read(cluster: Cluster, wanted: Wanted) -> Iterator[Letter]:
    """The wanted dead letters, topic by topic. Raise SettingsError if a topic that is asked for has none."""
    existing = [name for name in cluster.topics() if name.endswith(dead_letter.SUFFIX)]
    asked = [name if name.endswith(dead_letter.SUFFIX) else dead_letter.topic_of(name) for name in wanted.topics]
    if missing := sorted(set(asked) - set(existing)):
        known = ", ".join(name.removesuffix(dead_letter.SUFFIX) for name in existing) or "none"
        raise SettingsError(f"there is no topic {', '.join(missing)}; topics with dead letters: {known}")
    for name in asked or existing:
        if (topic := cluster.topic(name)) is not None:
            yield from filter(wanted.fits, (Letter.of(record, topic) for record in cluster.records(topic)))


def kind(reason: str) -> str:
    """A reason without the values in it, so that equal faults are counted together."""
    return re.sub(r"'[^']*'|\"[^\"]*\"|\b\d[\d.,:TZ-]*\b", "…", reason)


def _text(name: str, content: bytes | None) -> dict[str, str | None]:
    if content is None:
        return {name: None}
    try:
        return {name: content.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(content).decode()}
