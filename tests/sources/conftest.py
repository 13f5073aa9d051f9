"""A real MariaDB, and sources that stream into topics of a test's own on a real broker."""

from __future__ import annotations

import itertools
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert

from datastream.kafka.publisher import Publisher
from datastream.message import Topic
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import registry
from datastream.sources.registry import Supply
from datastream.sources.sql import table as sql_table
from datastream.sources.sql.generator import Row, rows
from stack.common import health, profiles
from stack.native import mariadb
from testing.environment import eventually, free_port, settings_environment
from testing.kafka_records import read_all
from testing.servers import Broker
from weather import settings
from weather.settings import Variables

_numbers = itertools.count(1)


class DatabaseServer:
    """A real MariaDB, as native mode starts it, that a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.variables = Variables(
            settings_environment(HOST="127.0.0.1", SQL_PORT=str(free_port()), STACK_HOME=str(folder))
        )
        self.options = settings.Database.load(self.variables)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "run").mkdir()
        profiles.keep_sql_password(self.variables)

    def start(self) -> None:
        at_start = mariadb.prepare(self.variables, self._folder)
        with (self._folder / "mariadb.log").open("ab") as log:
            command = mariadb.command(self.variables, self._folder, at_start)
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        at = health.Addresses(self.variables)
        eventually(lambda: health.database(at) == "", "MariaDB answers")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with sql_table.connect(self.options) as connection:
            yield connection

    def add(self, *added: Row) -> None:
        """Add these rows to the table, each in a transaction of its own."""
        with self.connection() as connection:
            for row in added:
                connection.execute(insert(sql_table.TEMPERATURES).values(**row._asdict()))
                connection.commit()

    def empty_table(self) -> None:
        """The table as it is before its first row."""
        with self.connection() as connection:
            sql_table.TEMPERATURES.drop(connection, checkfirst=True)
            sql_table.create_table(connection)


@pytest.fixture(scope="session")
def database_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DatabaseServer]:
    """A real MariaDB, shared by the tests of a session."""
    server = DatabaseServer(tmp_path_factory.mktemp("mariadb"))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture
def database(database_server: DatabaseServer) -> DatabaseServer:
    """The same with an empty table."""
    database_server.empty_table()
    return database_server


def first_rows(count: int) -> list[Row]:
    """The first rows of the exercise's table."""
    return list(itertools.islice(rows(), count))


@dataclass
class Stream:
    """A source that streams into topics of this test's own."""

    streamer: Streamer
    kafka: settings.Kafka
    topics: tuple[Topic, ...]

    def records(self, number: int = 0) -> list[tuple[int, bytes | None, bytes | None]]:
        """(partition, key, value) of each record in one of its topics."""
        return [record[:3] for record in read_all(self.kafka, self.topics[number].name)]

    def wait_for(self, count: int) -> None:
        eventually(lambda: int(str(self.streamer.status()["rows_sent"])) >= count, f"{count} rows are sent")

    def send(self, count: int, time_delta: float = 0.0) -> None:
        """Stream, as fast as possible unless told, until so many rows are sent, or a few more, and stop."""
        self.streamer.time_delta = time_delta
        self.streamer.start()
        self.wait_for(count)
        self.streamer.stop()


OpenStream = Callable[..., Stream]


@pytest.fixture
def open_stream(broker: Broker, tmp_path: Path) -> Iterator[OpenStream]:
    """Makes a stream of a source of the table of sources, with changed settings; it ends with the test."""
    streams: list[Stream] = []

    def make(name: str, variables: Variables | None = None, **changes: str) -> Stream:
        base = (variables or broker.variables).all()
        supply = registry.chosen(Variables(base | {"STREAM_SOURCE": name, **changes}))
        supply = own_topics(supply)
        kafka = settings.Kafka.load(broker.variables)
        replay = Replay(supply.topics, False, tmp_path / f"{name}.json", supply.time_delta)
        stream = Stream(Streamer(supply.source, Publisher(kafka, supply.topics), replay), kafka, supply.topics)
        streams.append(stream)
        return stream

    yield make
    for stream in streams:
        stream.streamer.close()


def own_topics(supply: Supply) -> Supply:
    """The same with topics that no other test has."""
    topics = tuple(replace(topic, name=f"{topic.name}-{next(_numbers)}") for topic in supply.topics)
    return replace(supply, topics=topics)
