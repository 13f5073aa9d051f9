"""`./run_benchmarks.sh consumers [--messages N]`: rate of the JSON statistics, compared with a bare poll loop.

The bare loop polls with kafka-python and does nothing with the messages. Both read the same topic of six partitions on
this run's own broker, in turn and several times; the medians are compared. `station_stats` runs as shipped: three
workers, each file replaced and synced to disk after each poll. Needs the packages of the tests.
"""

from __future__ import annotations

import argparse
import gc
import statistics
import sys
import tempfile
import threading
import time
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from consumers import station_stats
from consumers.exactly_once import program
from consumers.files.statistics_file import StatisticsFile
from consumers.kafka import client
from testing.reports_sent import station_days
from testing.servers import Broker
from testing.throwaway_stack import machine
from weather.topics import PARTITIONS, STATIONS

ROUNDS = 5
WANTED = 0.6
RUNS = (
    "bare loop",
    "bare loop, default of 500 per poll",
    "station_stats, three workers",
    "station_stats, one worker",
)


@contextmanager
def filled_topic(messages: int) -> Iterator[tuple[str, int]]:
    """Start a broker with about `messages` reports in topic `stations`. Yield its address and their number."""
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        broker = Broker(Path(folder))
        try:
            broker.start()
            servers = broker.topic().bootstrap_servers
            admin = KafkaAdminClient(bootstrap_servers=servers)
            admin.create_topics({STATIONS: {"num_partitions": PARTITIONS[STATIONS], "replication_factor": 1}},
                                wait_for_metadata=True)  # fmt: skip
            admin.close()
            sent = station_days(messages // 15)
            producer = KafkaProducer(bootstrap_servers=servers, linger_ms=20, batch_size=256 * 1024)
            for one in sent:
                producer.send(STATIONS, key=one.key.encode(), value=one.value)
            producer.flush()
            producer.close()
            yield servers, len(sent)
        finally:
            broker.kill()


def bare(servers: str, messages: int, per_poll: int) -> float:
    """Seconds that a loop of polls takes, from its first poll on."""
    consumer = KafkaConsumer(
        bootstrap_servers=servers, group_id=None, auto_offset_reset="earliest", max_poll_records=per_poll
    )
    consumer.assign([TopicPartition(STATIONS, number) for number in range(PARTITIONS[STATIONS])])
    started, seen = time.monotonic(), 0
    while seen < messages:
        seen += sum(len(records) for records in consumer.poll(timeout_ms=1000).values())
    seconds = time.monotonic() - started
    consumer.close()
    return seconds


class Watched(StatisticsFile):
    """A partition's statistics that set `done` when all messages of the topic are on disk."""

    kept: dict[int, int]
    done: threading.Event
    messages: int

    def commit(self) -> None:
        super().commit()
        self.kept[self.partition] = self.offset
        if sum(self.kept.values()) >= self.messages:
            self.done.set()


def keeping(servers: str, messages: int, partitions: Sequence[int]) -> float:
    """Seconds of `station_stats` from its start, including the connection, until every message is on disk."""
    Watched.kept, Watched.done, Watched.messages = {}, threading.Event(), messages
    station_stats.StatisticsFile = Watched  # type: ignore[attr-defined]
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        given = Namespace(
            bootstrap_servers=servers,
            topic=STATIONS,
            out=Path(folder),
            iterations=0,
            partitions=partitions,
            heartbeat=None,
        )
        options = program.Options.of(given, station_stats.PROGRAM)
        topic = client.look_up(servers, STATIONS)
        assert topic is not None
        usual = gc.get_threshold()
        gc.set_threshold(program.GARBAGE_AFTER)  # as in the program
        started = time.monotonic()
        station_stats.share_out(program.Task(station_stats.PROGRAM, options, topic, Watched.done))
        seconds = time.monotonic() - started
        gc.set_threshold(*usual)
        return seconds


def main() -> int:
    """Print the rates and their ratio. Return 1 if the ratio is below `WANTED`."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=600_000)
    given = parser.parse_args()
    with filled_topic(given.messages) as (servers, messages):
        runs: dict[str, list[float]] = {name: [] for name in RUNS}
        for _ in range(ROUNDS):
            bare_loop, bare_default, three, one = runs.values()
            bare_loop.append(bare(servers, messages, client.MAX_RECORDS_PER_POLL))
            bare_default.append(bare(servers, messages, 500))
            three.append(keeping(servers, messages, ()))
            one.append(keeping(servers, messages, range(PARTITIONS[STATIONS])))
    print(f"{machine()}; {messages} messages of topic {STATIONS}, median of {ROUNDS} runs each")
    rates = {name: messages / statistics.median(seconds) for name, seconds in runs.items()}
    best = max(rates["bare loop"], rates["bare loop, default of 500 per poll"])
    for name, rate in rates.items():
        print(f"{name:<40} {rate:9,.0f} messages/s  {rate / best:5.2f} of the faster bare loop")
    return 0 if rates["station_stats, three workers"] >= WANTED * best else 1


if __name__ == "__main__":
    sys.exit(main())
