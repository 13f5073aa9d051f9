"""What the delivery needs of the place where records go."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol

from datastream.message import Record


class Sink(Protocol):
    """Where records go: `datastream.kafka.publisher.Publisher`, or a list in a test.

    `send`, `retry_failed` and `flush` raise Unavailable. The sink keeps a record that was not accepted;
    `retry_failed` sends it again, with all records that were sent after it, in their original order. It raises
    SetupError, and forgets the records, if a topic was deleted.
    """

    @property
    def failures(self) -> int:
        """The number of deliveries that failed so far."""

    @property
    def waiting(self) -> int:
        """The number of failed records that wait to be sent again."""

    @property
    def ends(self) -> Mapping[str, Mapping[int, int]]:
        """Topic → partition → the offset after the last row that was confirmed."""

    def ends_in_kafka(self) -> Mapping[str, Mapping[int, int]]:
        """Topic → partition → the offset after its last record. Raise Unavailable if Kafka does not answer."""

    def report_confirmed_to(self, report: Callable[[str, int], None]) -> None:
        """Call `report` with a topic and the number of its rows that were confirmed since the last call."""

    def collect(self) -> None:
        """Report the confirmations that have arrived."""

    def prepare(self) -> None: ...

    def recreate(self) -> None: ...

    def send(self, record: Record) -> None: ...

    def retry_failed(self) -> None: ...

    def flush(self, timeout: float) -> None: ...

    def close(self, timeout: float) -> None: ...
