"""A streamer whose broker is slow, answers too late or refuses a topic: it says why, keeps its order, loses nothing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from kafka.admin import ConfigResource, ConfigResourceType

from datastream.kafka.publisher import Publisher, check_answers, remove_topics
from datastream.message import Message, Topic
from datastream.replay.position import load
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.web.app import create_app
from testing import slow_link
from testing.doubles import ListSource
from testing.environment import eventually
from testing.kafka_records import read_all
from testing.servers import Broker
from testing.slow_link import SlowLink
from weather import settings
from weather.kafka import admin

ROWS, STATIONS = 3_000, 7


def rows() -> list[Message]:
    return [Message(b"%d" % (n % STATIONS), f"{n:06d}", b'{"n": %d}' % n) for n in range(ROWS)]


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SlowLink, Broker]]:
    """A broker that sends its clients to the link."""
    with slow_link.link() as link:
        broker = Broker(tmp_path_factory.mktemp("slow"), advertised=int(link.server_address[1]))
        link.target = broker.variables.port("KAFKA_PORT")
        try:
            broker.start()
            yield link, broker
        finally:
            broker.kill()


class Stage:
    """A streamer of the rows with its web page and position."""

    def __init__(self, broker: Broker, folder: Path, delta: float) -> None:
        self.kafka = broker.topic()
        topics = (Topic(self.kafka.topic, self.kafka.partitions),)
        self.file = folder / "position.json"
        replay = Replay(topics, loop=False, position_file=self.file, initial_time_delta=delta)
        self.streamer = Streamer(ListSource(rows()), Publisher(self.kafka, topics), replay)
        self.client: FlaskClient = create_app(
            self.streamer, lambda: check_answers(self.kafka), lambda: 1.0
        ).test_client()

    def health(self) -> tuple[int, str]:
        answer = self.client.get("/health")
        return answer.status_code, str((answer.get_json() or {}).get("reason", ""))

    def status(self) -> dict[str, Any]:
        return dict(self.streamer.status())

    def everything_arrives_in_order(self) -> None:
        """Each row is in the topic; the first copies of a station's rows are in order, and no other copy overtakes."""
        eventually(lambda: self.status()["state"] == "finished", "all rows are sent")
        self.streamer.close()
        by_station: dict[bytes, list[bytes]] = defaultdict(list)
        for _, key, value, _ in read_all(self.kafka, self.kafka.topic):
            assert key is not None and value is not None
            if value not in by_station[key]:
                by_station[key].append(value)
        for number in range(STATIONS):
            assert by_station[b"%d" % number] == [row.value for row in rows() if row.key == b"%d" % number]


def test_a_slow_broker_only_slows_the_stream_down(way: tuple[SlowLink, Broker], tmp_path: Path) -> None:
    link, broker = way
    stage = Stage(broker, tmp_path, 0.0)
    link.delay = 0.2
    try:
        stage.streamer.start()
        stage.everything_arrives_in_order()
    finally:
        link.delay = 0.0


def test_answers_after_the_timeout_are_not_taken_for_lost_rows(way: tuple[SlowLink, Broker], tmp_path: Path) -> None:
    link, broker = way
    stage = Stage(broker, tmp_path, 0.002)
    stage.streamer.start()
    eventually(lambda: stage.status()["rows_sent"] > 100, "rows flow")
    with link.stalled():
        eventually(lambda: stage.health()[0] == 503, "health says that the broker does not answer")
        assert "Kafka at" in stage.health()[1]
        eventually(lambda: bool(stage.status()["problem"]), "the status says it too")
        kept = load(stage.file)
        assert kept is not None and kept.offset <= stage.status()["rows_sent"] and kept.running
    eventually(lambda: stage.health()[0] == 200, "the broker answers again")
    stage.streamer.time_delta = 0.0
    stage.everything_arrives_in_order()


def longest(kafka: settings.Kafka, size: int) -> None:
    """Let the topic accept batches of so many bytes at most."""
    with admin(kafka.bootstrap_servers) as client:
        change = {"max.message.bytes": str(size)}
        client.alter_configs([ConfigResource(ConfigResourceType.TOPIC, kafka.topic, configs=change)])


def test_a_topic_that_is_refused_stops_the_stream_with_the_reason(way: tuple[SlowLink, Broker], tmp_path: Path) -> None:
    _, broker = way
    stage = Stage(broker, tmp_path, 0.002)
    stage.streamer.start()
    eventually(lambda: stage.status()["rows_sent"] > 100, "rows flow")
    longest(stage.kafka, 1)
    eventually(lambda: stage.health()[0] == 503, "health says that rows are refused")
    eventually(lambda: "MessageSizeTooLarge" in stage.health()[1], "and why")
    kept = load(stage.file)
    assert kept is not None and kept.offset <= stage.status()["rows_sent"] and kept.running
    longest(stage.kafka, 1_000_000)
    eventually(lambda: stage.health()[0] == 200, "rows are accepted again")
    stage.streamer.time_delta = 0.0
    stage.everything_arrives_in_order()


def test_a_topic_that_is_deleted_ends_the_stream_with_a_command_that_sends_everything_again(
    way: tuple[SlowLink, Broker], tmp_path: Path
) -> None:
    _, broker = way
    stage = Stage(broker, tmp_path, 0.002)
    stage.streamer.start()
    eventually(lambda: stage.status()["rows_sent"] > 100, "rows flow")
    remove_topics(stage.kafka, [Topic(stage.kafka.topic, stage.kafka.partitions)])
    eventually(lambda: stage.status()["state"] == "failed", "the stream ends")
    assert f"topic {stage.kafka.topic} was deleted: ./start-streaming.sh" in stage.status()["problem"]
    stage.streamer.time_delta = 0.0
    assert stage.streamer.start()
    stage.everything_arrives_in_order()
