"""Sends daily reports to real topics as the sources do, some of them twice."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import islice
from typing import NamedTuple

from kafka import KafkaAdminClient, KafkaProducer

from datastream.sources.sql import generator
from testing.servers import Broker
from weather.messages import place_report_pb2, report_pb2, station_report_pb2

REPEATED = 0.05
"""Share of the messages that are sent twice, as by a producer whose acknowledgement was lost."""


class Sent(NamedTuple):
    """A message to send, and its content."""

    key: str
    date: str
    degrees: float
    value: bytes


def station_days(days: int, stations: int = 15, seed: int = 1) -> list[Sent]:
    """Messages of topic `stations`: all stations of a day, day after day."""
    source = random.Random(seed)

    def report(key: str, day: str) -> Sent:
        degrees = source.uniform(-20, 100)
        message = report_pb2.Report(date=day, station=key, degrees=degrees, raining=source.random() < 0.3)
        return Sent(key, day, degrees, message.SerializeToString())

    names = [chr(ord("A") + number) for number in range(stations)]
    return repeated([report(name, day) for day in calendar(date(2000, 1, 1), days) for name in names], source)


def place_days(days: int, seed: int = 1) -> list[Sent]:
    """Messages of topic `temperatures` from the one place, keyed by month; repeated ones would spoil any sum."""
    source = random.Random(seed)

    def report(day: str, degrees: float) -> Sent:
        key = date.fromisoformat(day).strftime("%B")
        return Sent(key, day, degrees, place_report_pb2.Report(date=day, degrees=degrees).SerializeToString())

    made = [report(day, round(source.uniform(1, 94), 4)) for day in calendar(date(1990, 1, 1), days)]
    return repeated(made, source, lambda sent: report(sent.date, 1_000_000.0))


def table_rows(days: int) -> list[Sent]:
    """Messages of topic `temperatures` from the SQL source, keyed by station."""
    made = []
    for row in islice(generator.rows(), 10 * days):
        message = station_report_pb2.Report(date=str(row.date), degrees=row.degrees, station_id=row.station_id)
        made.append(Sent(row.station_id, str(row.date), row.degrees, message.SerializeToString()))
    return repeated(made, random.Random(1))


def repeated(sent: list[Sent], source: random.Random, again: Callable[[Sent], Sent] = lambda sent: sent) -> list[Sent]:
    """The messages, some of them twice; `again` makes the second one."""
    return [one for first in sent for one in ([first, again(first)] if source.random() < REPEATED else [first])]


def calendar(first: date, days: int) -> list[str]:
    """`days` days in a row from `first` on, as YYYY-MM-DD."""
    return [str(first + timedelta(days=number)) for number in range(days)]


class SentTopic:
    """A topic with these messages; `log` holds the messages of each partition in order."""

    def __init__(self, broker: Broker, partitions: int, sent: Iterable[Sent] = ()) -> None:
        given = broker.topic(partitions)
        self.servers, self.name, self.partitions = given.bootstrap_servers, given.topic, partitions
        self.log: dict[int, list[Sent]] = {number: [] for number in range(partitions)}
        self.create()
        self.send(sent)

    def create(self) -> None:
        """Create the empty topic."""
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        admin.create_topics({self.name: {"num_partitions": self.partitions, "replication_factor": 1}},
                            wait_for_metadata=True)  # fmt: skip
        admin.close()

    def delete(self) -> None:
        """Delete the topic and wait until the broker no longer lists it."""
        admin = KafkaAdminClient(bootstrap_servers=self.servers)
        admin.delete_topics([self.name])
        while self.name in admin.list_topics():
            pass
        admin.close()

    def send(self, sent: Iterable[Sent], headers: Sequence[tuple[str, bytes]] = ()) -> None:
        """Append messages with the keys of the sources; the key determines the partition."""
        producer = KafkaProducer(bootstrap_servers=self.servers, acks="all", retries=10)
        waiting = [
            (one, producer.send(self.name, key=one.key.encode(), value=one.value, headers=list(headers)))
            for one in sent
        ]
        producer.flush()
        for one, future in waiting:
            confirmed = future.get(timeout=10)
            assert confirmed.offset == len(self.log[confirmed.partition])
            self.log[confirmed.partition].append(one)
        producer.close()

    @property
    def ends(self) -> dict[int, int]:
        """Partition → the offset after its last message."""
        return {number: len(messages) for number, messages in self.log.items()}
