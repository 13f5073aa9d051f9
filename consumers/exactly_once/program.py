"""What the exactly-once programs share: their options, the wait for the topic, and the loop."""

from __future__ import annotations

import argparse
import gc
import itertools
import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from consumers.exactly_once.partition_lock import partition_lock
from consumers.kafka import client
from consumers.kafka.client import DeadLetters, Partitions
from consumers.kafka.received import Received, Refused, Topic
from weather import logs, settings
from weather.ending import shutdown_event
from weather.errors import SettingsError, StackError, Unavailable
from weather.logs import facts

log = logging.getLogger(__name__)

POLL_SECONDS = 1.0
GARBAGE_AFTER = 100_000


class PartitionSink(Protocol):
    """Stores the messages of one partition up to an offset."""

    partition: int
    offset: int

    @property
    def is_pending(self) -> bool:
        """Whether messages were taken that are not committed yet."""

    def is_due(self) -> bool:
        """Whether they should be committed now."""

    def take(self, messages: Sequence[Received]) -> list[Refused]:
        """Take messages into memory, in their order. Return the invalid ones."""

    def commit(self) -> None:
        """Store the messages taken and the offset after them, in one step."""


@dataclass(frozen=True)
class Options:
    """The options of every program."""

    bootstrap_servers: str
    topic: str
    out: Path
    iterations: int
    partitions: tuple[int, ...]
    heartbeat: Path | None = None

    def beat(self) -> None:
        """Touch the heartbeat file, if one is set, to show that the program polls."""
        if self.heartbeat is not None:
            self.heartbeat.touch()

    @classmethod
    def of(cls, given: argparse.Namespace, program: str) -> Options:
        """The given arguments, and the settings for those that are missing."""
        variables = settings.Variables()
        return cls(
            given.bootstrap_servers or settings.KafkaServers.load(variables).bootstrap_servers,
            given.topic,
            given.out or settings.Consumers.load(variables).folder / program,
            given.iterations,
            tuple(given.partitions),
            given.heartbeat,
        )


def parser(program: str, topic: str, description: str) -> argparse.ArgumentParser:
    """The parser for the arguments of every program."""
    made = argparse.ArgumentParser(prog=f"python -m consumers.{program}", description=description)
    made.add_argument("partitions", nargs="*", type=int, metavar="N", help="partitions to read; default: all")
    made.add_argument("--bootstrap-servers", metavar="HOST:PORT", help="default: the broker of settings.sh")
    made.add_argument("--topic", default=topic, help="default: %(default)s")
    made.add_argument("--out", type=Path, metavar="DIR", help=f"folder of the files; default: CONSUMERS_DIR/{program}")
    made.add_argument("--iterations", type=int, default=0, metavar="N", help="polls of one second; 0 = until SIGTERM")
    made.add_argument("--heartbeat", type=Path, metavar="FILE", help="file to touch after each poll")
    return made


@dataclass(frozen=True)
class Task:
    """A program's work: its name and options, the topic, and the event that ends it."""

    program: str
    options: Options
    topic: Topic
    stop: threading.Event

    @property
    def partitions(self) -> tuple[int, ...]:
        """The partitions in the options, or all. Raise SettingsError if the topic does not have one of them."""
        wanted = self.options.partitions
        if missing := sorted(set(wanted) - set(self.topic.partitions)):
            raise SettingsError(f"topic {self.topic.name} has partitions {self.topic.partitions}, but not {missing}")
        return tuple(sorted(set(wanted))) or self.topic.partitions


def run(program: str, given: argparse.Namespace, work: Callable[[Task], None]) -> int:
    """Do a program's work until SIGTERM or for `--iterations` polls. Print the error and return 1 if it fails."""
    logs.configure()
    gc.set_threshold(GARBAGE_AFTER)  # messages form no cycles, and the search for cycles costs 15 %
    logging.getLogger("kafka").setLevel(logging.WARNING)
    stop = shutdown_event()
    try:
        options = Options.of(given, program)
        if (topic := wait_for_topic(options, stop)) is not None:
            work(Task(program, options, topic, stop))
    except StackError as error:
        print(f"consumers.{program}: {error}", file=sys.stderr)
        return 1
    return 0


def polls(iterations: int, stop: threading.Event) -> Iterator[int]:
    """Count up to `iterations` polls (0 = no limit), until `stop` is set."""
    for number in itertools.count():
        if stop.is_set() or (iterations and number >= iterations):
            return
        yield number


def wait_for_topic(options: Options, stop: threading.Event) -> Topic | None:
    """Wait for the topic. Return None if `stop` is set first. Raise Unavailable if all iterations pass without it."""
    for number in polls(options.iterations, stop):
        if (topic := client.look_up(options.bootstrap_servers, options.topic)) is not None:
            return topic
        if number == 0:
            log.warning(facts("no_topic", topic=options.topic, then="waiting until its source creates it"))
        options.beat()
        stop.wait(POLL_SECONDS)
    if stop.is_set():
        return None
    raise Unavailable(f"there is no topic {options.topic} at {options.bootstrap_servers}: start its source first")


def consume(task: Task, wanted: Sequence[int], sink: Callable[[int], PartitionSink]) -> None:
    """Read these partitions, each into its sink and from the sink's offset on, until the program ends."""
    options, topic = task.options, task.topic
    with ExitStack() as held:
        for partition in wanted:
            held.enter_context(partition_lock(options.out, partition, topic))
        sinks = {partition: sink(partition) for partition in wanted}
        partitions = held.enter_context(client.opened(options.bootstrap_servers, topic))
        dead_letters = held.enter_context(closing(DeadLetters(options.bootstrap_servers, topic, task.program)))
        partitions.seek({partition: kept.offset for partition, kept in sinks.items()})
        follow(partitions, sinks, dead_letters, _beating(options, task.stop))


def _beating(options: Options, stop: threading.Event) -> Iterator[int]:
    for number in polls(options.iterations, stop):
        yield number
        options.beat()


def follow(
    partitions: Partitions, sinks: dict[int, PartitionSink], dead_letters: DeadLetters, polls: Iterable[int]
) -> None:
    """Hand each partition's messages to its sink. The steps of a batch, in this order:

    1. it is polled from the stored offset on
    2. the sink takes it into memory; invalid messages are sent to the dead-letter topic
    3. Kafka confirms these dead letters, and that the topic is still the same
    4. the sink commits: messages and offset are stored in one step

    A crash before the end of 4 leaves the old offset: the same messages are read again, and the result is the same.
    """
    for _ in polls:
        for partition, messages in partitions.poll(POLL_SECONDS).items():
            refused = sinks[partition].take(messages)
            if refused:
                log.warning(
                    facts("messages_dead_lettered", partition=partition, messages=len(refused), first=refused[0].reason)
                )
                dead_letters.send(refused)
        _commit([kept for kept in sinks.values() if kept.is_due()], partitions, dead_letters)
    _commit([kept for kept in sinks.values() if kept.is_pending], partitions, dead_letters)


def _commit(due: list[PartitionSink], partitions: Partitions, dead_letters: DeadLetters) -> None:
    if due:
        dead_letters.confirm()
        partitions.check_unchanged()
        for kept in due:
            kept.commit()
