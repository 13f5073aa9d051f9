"""`partition-N.json`: the statistics of a partition and the offset up to which they count.

Statistics and offset are one file, which is replaced in one step: after a crash both are old or both are new, so each
message counts exactly once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from consumers.exactly_once import checkpoint
from consumers.files.statistics import Statistics
from consumers.kafka.received import Received, Refused
from consumers.kafka.reports import Day
from weather import files
from weather.errors import RejectedRecord
from weather.logs import facts

log = logging.getLogger(__name__)


class StatisticsFile:
    """The statistics of one partition, in memory and in its file. A group's name has `depth` parts."""

    def __init__(self, folder: Path, partition: int, decode: Callable[[bytes | None], Day], depth: int) -> None:
        self.path = checkpoint.partition_file(folder, partition)
        self.partition = partition
        self.offset = 0
        self._decode = decode
        self._groups: dict[tuple[str, ...], Statistics] = {}
        self._pending = self._repeated = 0
        if (document := checkpoint.load(self.path)) is None:
            files.replace(self.path, checkpoint.render(self.document()), durable=True)
        else:
            self._restore(document, depth)

    @property
    def is_pending(self) -> bool:
        """Whether messages were taken that the file does not include yet."""
        return self._pending > 0

    def is_due(self) -> bool:
        """Whether anything is pending: every poll is committed at once."""
        return self.is_pending

    def take(self, messages: Sequence[Received]) -> list[Refused]:
        """Count these messages in memory. Return those that cannot be decoded."""
        refused: list[Refused] = []
        groups, decode = self._groups, self._decode
        for message in messages:
            try:
                group, day, degrees = decode(message.value)
            except RejectedRecord as error:
                refused.append(Refused(message, error.reason))
                continue
            found = groups.get(group)
            if found is None:
                groups[group] = Statistics.of(day, degrees)
            elif not found.add(day, degrees):
                self._repeated += 1
        self.offset = messages[-1].offset + 1
        self._pending += len(messages)
        return refused

    def commit(self) -> None:
        """Replace the file with the statistics in memory."""
        files.replace(self.path, checkpoint.render(self.document()), durable=True)
        log.info(
            facts(
                "committed",
                partition=self.partition,
                offset=self.offset,
                messages=self._pending,
                repeated=self._repeated,
            )
        )
        self._pending = self._repeated = 0

    def document(self) -> dict[str, Any]:
        """The content of the file."""
        document: dict[str, Any] = {"partition": self.partition, "offset": self.offset}
        for group, statistics in self._groups.items():
            inside = document
            for word in group[:-1]:
                inside = inside.setdefault(word, {})
            inside[group[-1]] = statistics.document()
        return document

    def _restore(self, document: dict[str, Any], depth: int) -> None:
        if checkpoint.whole_number(document, "partition", self.path) != self.partition:
            raise checkpoint.invalid(self.path, f"it belongs to partition {document['partition']}")
        self.offset = checkpoint.whole_number(document, "offset", self.path)
        groups = {name: value for name, value in document.items() if name not in ("partition", "offset")}
        try:
            self._groups = dict(_flattened(groups, depth))
        except (ValueError, AttributeError) as error:
            raise checkpoint.invalid(self.path, str(error)) from error


def _flattened(document: dict[str, Any], depth: int) -> list[tuple[tuple[str, ...], Statistics]]:
    if depth == 1:
        return [((name,), Statistics.parse(value)) for name, value in document.items()]
    deeper = [(name, _flattened(value, depth - 1)) for name, value in document.items()]
    return [((name, *rest), statistics) for name, found in deeper for rest, statistics in found]
