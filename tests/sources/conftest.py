"""A real MariaDB, and sources that stream into topics of a test's own on a real broker."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from datastream.kafka.publisher import Publisher
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import registry
from datastream.sources.registry import SourceSpec
from testing.servers import Broker
from tests.sources.database_server import DatabaseServer
from tests.sources.streams import OpenStream, Stream
from weather import settings
from weather.settings import Variables

_numbers = itertools.count(1)


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


@pytest.fixture
def open_stream(broker: Broker, tmp_path: Path) -> Iterator[OpenStream]:
    """Makes a stream of a source of the table of sources, with changed settings; it ends with the test."""
    streams: list[Stream] = []

    def make(name: str, variables: Variables | None = None, **changes: str) -> Stream:
        base = (variables or broker.variables).all()
        spec = registry.chosen(Variables(base | {"STREAM_SOURCE": name, **changes}))
        spec = own_topics(spec)
        kafka = settings.Kafka.load(broker.variables)
        replay = Replay(spec.topics, False, tmp_path / f"{name}.json", spec.time_delta)
        stream = Stream(Streamer(spec.source, Publisher(kafka, spec.topics), replay), kafka, spec.topics)
        streams.append(stream)
        return stream

    yield make
    for stream in streams:
        stream.streamer.close()


def own_topics(spec: SourceSpec) -> SourceSpec:
    """The same with topics that no other test has."""
    topics = tuple(replace(topic, name=f"{topic.name}-{next(_numbers)}") for topic in spec.topics)
    return replace(spec, topics=topics)
