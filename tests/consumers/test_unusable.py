"""What a consumer does with messages, offsets and checkpoints that it cannot use, on real topics."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from consumers.kafka import client
from testing import garbage
from testing.environment import eventually
from testing.reports_sent import Sent, SentTopic, station_days
from testing.servers import Broker
from tests.consumers import expected
from tests.consumers.programs import Program, load, texts
from weather.errors import SetupError
from weather.messages import report_pb2, station_report_pb2

GARBAGE = [b"garbage", b"", b'{"station": "A"}', *garbage.KINDS]
USELESS = [
    report_pb2.Report(date="2000-02-30", station="A", degrees=1.0),
    report_pb2.Report(date="2000-01-01", station="", degrees=1.0),
    report_pb2.Report(date="2000-01-01", station="offset", degrees=1.0),
    report_pb2.Report(date="2000-01-01", station="A", degrees=float("nan")),
    station_report_pb2.Report(date="2000-01-01", degrees=1.0, station_id="StationA"),
]


def one_partition(broker: Broker, days: int = 100) -> SentTopic:
    return SentTopic(broker, 1, station_days(days))


def test_what_cannot_be_decoded_goes_to_the_dead_letter_topic_and_the_rest_is_counted(
    broker: Broker, tmp_path: Path
) -> None:
    topic = SentTopic(broker, 1)
    bad = [Sent("A", "", 0.0, value) for value in [*GARBAGE, *(message.SerializeToString() for message in USELESS)]]
    good = station_days(20)
    topic.send([*good[:7], *bad, *good[7:]])
    log = Program("station_stats", topic, tmp_path).run_to_the_end()
    assert load(tmp_path, 0) == expected.stations(0, good) | {"offset": len(good) + len(bad)}
    told = re.findall(r"event=messages_dead_lettered partition=0 messages=(\d+)", log)
    assert sum(map(int, told)) == len(bad)
    letters = KafkaConsumer(
        f"{topic.name}.dlq", bootstrap_servers=topic.servers, auto_offset_reset="earliest", consumer_timeout_ms=2000
    )
    found = list(letters)
    letters.close()
    assert [(letter.key, letter.value) for letter in found] == [(b"A", one.value) for one in bad]
    headers = [dict(letter.headers) for letter in found]
    assert [h["origin"].decode() for h in headers] == [f"{topic.name}-0@{7 + number}" for number in range(len(bad))]
    assert {h["component"] for h in headers} == {b"station_stats"}
    assert headers[0]["reason"] == b"not a protobuf message of this topic"
    assert headers[len(GARBAGE)]["reason"] == b"'2000-02-30' is not a date written as YYYY-MM-DD"


def stopped(program: Program) -> str:
    """The sentence with which it refuses to go on; its files are left as they were."""
    before = texts(program.out)
    code, errors = program.ran("--iterations", "5")
    assert code == 1, errors
    assert texts(program.out) == before
    return errors


def test_messages_that_retention_removed_are_an_error(broker: Broker, tmp_path: Path) -> None:
    topic = one_partition(broker)
    program = Program("station_stats", topic, tmp_path)
    assert program.ran("--iterations", "4")[0] == 0
    kept = load(tmp_path, 0)["offset"]
    admin = KafkaAdminClient(bootstrap_servers=topic.servers)
    admin.delete_records({TopicPartition(topic.name, 0): 1000})
    admin.close()
    errors = stopped(program)
    assert f"cannot resume at offset {kept} (available: 1000 to {topic.ends[0]}): messages were deleted" in errors
    (tmp_path / "partition-0.json").write_text('{"partition": 0, "offset": 1000}')
    program.run_to_the_end()
    assert load(tmp_path, 0) == expected.stations(0, topic.log[0][1000:]) | {"offset": topic.ends[0]}


@pytest.mark.parametrize("days", [10, 200])
def test_a_topic_made_again_is_an_error_even_where_it_has_grown_past_the_offset(
    broker: Broker, tmp_path: Path, days: int
) -> None:
    topic = one_partition(broker)
    program = Program("station_stats", topic, tmp_path)
    program.run_to_the_end()
    topic.delete()
    topic.create()
    topic.log = {0: []}
    topic.send(station_days(days, seed=2))
    assert "the topic was deleted and recreated" in stopped(program)
    (tmp_path / "partition-0.json").unlink()
    program.run_to_the_end()
    assert load(tmp_path, 0) == expected.stations(0, topic.log[0])


def test_a_topic_made_again_while_it_is_read_is_an_error(broker: Broker, tmp_path: Path) -> None:
    topic = one_partition(broker, 20)
    program = Program("station_stats", topic, tmp_path)
    running = program.started()
    try:
        eventually(program.is_at_the_end, "all is read")
        kept = load(tmp_path, 0)
        topic.delete()
        topic.create()
        topic.log = {0: []}
        topic.send(station_days(200, seed=2))
        _, errors = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 1
    assert "was deleted while it was read" in errors or "messages were deleted" in errors
    assert load(tmp_path, 0) == kept


def test_a_reader_notices_that_its_topic_was_made_again(broker: Broker) -> None:
    topic = one_partition(broker, 20)
    before = client.look_up(topic.servers, topic.name)
    assert before is not None
    with client.opened(topic.servers, before) as partitions:
        partitions.check_unchanged()
        topic.delete()
        with pytest.raises(SetupError, match="was deleted while it was read"):
            partitions.check_unchanged()
        topic.create()
        with pytest.raises(SetupError, match="was deleted while it was read"):
            partitions.check_unchanged()


CHECKPOINTS = {
    "no JSON": b'{"partition": 0, "off',
    "no object": b"[]",
    "another partition": b'{"partition": 1, "offset": 0}',
    "no offset": b'{"partition": 0}',
    "an offset below zero": b'{"partition": 0, "offset": -1}',
    "of consumers.parquet": b'{"batch_id": 3, "offset": 7}',
    "of consumers.month_stats": b'{"partition": 0, "offset": 1, "May": {"1990": {"count": 1, "sum": 1.0, "avg": 1.0, '
    b'"start": "1990-05-01", "end": "1990-05-01"}}}',
    "an average that is none": b'{"partition": 0, "offset": 1, "A": {"count": 2, "sum": 1.0, "avg": 1.0, '
    b'"start": "1990-05-01", "end": "1990-05-02"}}',
}


@pytest.mark.parametrize("content", CHECKPOINTS.values(), ids=CHECKPOINTS)
def test_a_checkpoint_that_is_damaged_or_of_another_program_is_an_error(
    broker: Broker, tmp_path: Path, content: bytes, empty: Callable[[], SentTopic]
) -> None:
    (tmp_path / "partition-0.json").write_bytes(content)
    errors = stopped(Program("station_stats", empty(), tmp_path, "0"))
    assert f"{tmp_path / 'partition-0.json'} is not a checkpoint of this program" in errors
    assert "move it away" in errors


@pytest.fixture(scope="module")
def empty(broker: Broker) -> Callable[[], SentTopic]:
    """An empty topic, the same for all who only look at it."""
    topic = SentTopic(broker, 1)
    return lambda: topic


def test_two_programs_do_not_keep_the_same_partition(
    broker: Broker, tmp_path: Path, empty: Callable[[], SentTopic]
) -> None:
    program = Program("station_stats", empty(), tmp_path)
    first = program.started()
    try:
        eventually((tmp_path / "partition-0.json").exists, "the first one runs")
        assert "another program writes partition 0" in stopped(program)
    finally:
        first.send_signal(signal.SIGTERM)
        first.communicate(timeout=60)
    assert first.returncode == 0


def test_a_partition_that_the_topic_lacks_is_named(tmp_path: Path, empty: Callable[[], SentTopic]) -> None:
    assert "has partitions (0,), but not [7]" in stopped(Program("station_stats", empty(), tmp_path, "0", "7"))


def test_a_topic_that_is_not_there_is_waited_for(broker: Broker, tmp_path: Path) -> None:
    topic = one_partition(broker, 10)
    topic.delete()
    program = Program("station_stats", topic, tmp_path)
    code, errors = program.ran("--iterations", "1")
    assert (code, "start its source first" in errors) == (1, True)
    running = program.started()
    try:
        topic.create()
        topic.log = {0: []}
        topic.send(station_days(10))
        eventually(program.is_at_the_end, "all messages are kept")
    finally:
        running.kill()
        running.wait()
