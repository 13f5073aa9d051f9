"""The streamer's side of Kafka, with a real broker."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaConsumer

from datastream.kafka import publisher as publisher_module
from datastream.kafka.publisher import Publisher, check_answers, ensure_topics, readings
from datastream.message import Record
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources.meteofrance.source import MeteoFrance
from testing.environment import ROOT, eventually, free_port
from testing.kafka_records import read_all
from testing.servers import Broker
from weather import dead_letter, settings
from weather.errors import SourceError, Unavailable
from weather.reading import END_OF_STREAM

HEADER_AND_ROWS = (ROOT / "tests" / "data" / "H_real_rows.csv").read_bytes().splitlines(keepends=True)


@pytest.fixture
def publisher(broker: Broker) -> Iterator[tuple[Publisher, settings.Kafka]]:
    kafka = broker.topic()
    made = Publisher(kafka)
    made.prepare()
    yield made, kafka
    made.close(5)


def make_streamer(kafka: settings.Kafka, data: Path, folder: Path) -> Streamer:
    replay = Replay((readings(kafka),), False, folder / "position.json", 0.0)
    return Streamer(MeteoFrance(data), Publisher(kafka), replay)


def test_topics_are_made_once_with_their_partitions(broker: Broker) -> None:
    kafka = broker.topic(partitions=3)
    ensure_topics(kafka)
    ensure_topics(kafka)
    consumer = KafkaConsumer(bootstrap_servers=kafka.bootstrap_servers)
    assert len(consumer.partitions_for_topic(kafka.topic)) == 3
    assert len(consumer.partitions_for_topic(kafka.dead_letter_topic)) == 3
    consumer.close()


def test_another_number_of_partitions_is_told_and_left_as_it_is(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    kafka = broker.topic(partitions=2)
    ensure_topics(kafka)
    ensure_topics(replace(kafka, partitions=3))
    assert "event=partition_count_differs" in caplog.text and "has=2 setting=3" in caplog.text


def test_a_broker_that_is_not_there_is_unavailable() -> None:
    nowhere = settings.Kafka(f"127.0.0.1:{free_port()}", "meteo", 1)
    with pytest.raises(Unavailable, match="does not answer"):
        check_answers(nowhere)
    with pytest.raises(Unavailable, match="cannot create topics"):
        ensure_topics(nowhere)


def test_a_broker_that_is_there_answers(broker: Broker) -> None:
    check_answers(settings.Kafka.load(broker.variables))


def test_a_key_always_goes_to_the_same_partition(publisher: tuple[Publisher, settings.Kafka]) -> None:
    sink, kafka = publisher
    confirmed: list[int] = []
    sink.report_confirmed_to(lambda topic, count: confirmed.append(count))
    for number in range(200):
        sink.send(Record(kafka.topic, f"station-{number % 10}".encode(), str(number).encode()))
    sink.flush(10)
    records = read_all(kafka, kafka.topic)
    assert len(records) == sum(confirmed) == 200
    assert len({(key, partition) for partition, key, _, _ in records}) == 10
    assert len({partition for partition, _, _, _ in records}) > 1


def test_the_shipped_file_arrives_whole_and_in_time_order_per_station(broker: Broker, tmp_path: Path) -> None:
    kafka = broker.topic()
    streamer = make_streamer(kafka, ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz", tmp_path)
    streamer.start()
    eventually(lambda: streamer.status()["state"] == "finished", "the stream ends")
    assert streamer.status()["rows_sent"] == 36_962
    hours: dict[bytes | None, list[str]] = {}
    records = read_all(kafka, kafka.topic)
    assert [json.loads(value or b"") for _, key, value, _ in records if key == END_OF_STREAM] == [
        {"AAAAMMJJHH": "2014013123"}
    ]
    for _, key, value, _ in records:
        if key == END_OF_STREAM:
            continue
        message = json.loads(value or b"")
        assert message["NUM_POSTE"].encode() == key
        hours.setdefault(key, []).append(message["AAAAMMJJHH"])
    assert sum(map(len, hours.values())) == 36_962
    assert all(of_station == sorted(of_station) for of_station in hours.values())
    streamer.close()


def test_a_bad_row_goes_to_the_dead_letter_topic_as_it_was(broker: Broker, tmp_path: Path) -> None:
    kafka = broker.topic()
    bad = HEADER_AND_ROWS[1].replace(b";2023010100;", b";2023-01-01;")
    assert bad != HEADER_AND_ROWS[1]
    data = tmp_path / "H_99_test.csv"
    data.write_bytes(b"".join([HEADER_AND_ROWS[0], HEADER_AND_ROWS[2], bad]))
    streamer = make_streamer(kafka, data, tmp_path)
    streamer.start()
    eventually(lambda: streamer.status()["state"] == "finished", "the stream ends")
    [(_, _, value, headers)] = read_all(kafka, kafka.dead_letter_topic)
    assert value == bad.rstrip()
    assert b"AAAAMMJJHH" in headers[dead_letter.REASON]
    assert headers[dead_letter.ORIGIN] == b"H_99_test.csv, line 3"
    assert [key == END_OF_STREAM for _, key, _, _ in read_all(kafka, kafka.topic)].count(False) == 1
    streamer.close()


def test_messages_are_not_settled_while_their_broker_is_away_and_closing_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    own = Broker(tmp_path)
    own.start()
    kafka = own.topic()
    sink = Publisher(kafka)
    sink.prepare()
    sink.send(Record(kafka.topic, b"k", b"1"))
    sink.flush(10)
    own.kill()
    sink.send(Record(kafka.topic, b"k", b"2"))
    with pytest.raises(Unavailable, match="did not confirm"):
        sink.flush(0.5)
    sink.close(0)
    assert "closed_with_unconfirmed_messages messages=1" in caplog.text
    with pytest.raises(Unavailable, match=r"1 messages (are not confirmed yet|wait to be sent again)"):
        sink.flush(0.5)


def test_what_is_sent_again_does_not_come_after_what_was_handed_over_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "DELIVERY_TIMEOUT_MS", 4_000)
    monkeypatch.setattr(publisher_module, "REQUEST_TIMEOUT_MS", 1_000)
    monkeypatch.setattr(
        publisher_module, "BATCH_BYTES", 1
    )  # a batch for each record, as those of many records would be
    own = Broker(tmp_path)
    own.start()
    kafka = own.topic()
    sink = Publisher(kafka)
    sink.prepare()
    sink.send(Record(kafka.topic, b"k", b"0"))
    sink.flush(10)
    own.kill()
    sink.send(Record(kafka.topic, b"k", b"1"))
    time.sleep(2)  # the first one is given up so much sooner
    sink.send(Record(kafka.topic, b"k", b"2"))

    def came_back() -> bool:
        sink.collect()
        return sink.waiting == 1

    eventually(came_back, "the first one comes back, the second one waits")
    own.start()
    sink.retry_failed()
    sink.flush(20)
    assert list(dict.fromkeys(value for _, _, value, _ in read_all(kafka, kafka.topic))) == [b"0", b"1", b"2"]
    sink.close(5)
    own.kill()


@pytest.mark.long
def test_a_producer_that_is_given_up_gives_its_records_back_and_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher_module, "DELIVERY_TIMEOUT_MS", 3_600_000)  # they do not come back by themselves
    own = Broker(tmp_path)
    own.start()
    kafka = own.topic()
    sink = Publisher(kafka)
    sink.prepare()
    sink.send(Record(kafka.topic, b"k", b"0"))
    sink.flush(10)
    own.kill()
    for value in (b"1", b"2"):
        sink.send(Record(kafka.topic, b"k", value))
    with pytest.raises(Unavailable, match=r"wait to be sent again|accepts no messages"):
        sink.retry_failed()
    own.start()

    def sent_again() -> bool:
        with suppress(Unavailable):
            sink.retry_failed()
            sink.flush(10)
            return True
        return False

    eventually(sent_again, "all records are confirmed")
    assert list(dict.fromkeys(value for _, _, value, _ in read_all(kafka, kafka.topic))) == [b"0", b"1", b"2"]
    sink.close(5)
    eventually(
        lambda: not [each for each in threading.enumerate() if each.name == "datastream-network-thread"],
        "no thread goes on",
    )
    own.kill()


def test_a_topic_with_too_few_partitions_is_told_of(publisher: tuple[Publisher, settings.Kafka]) -> None:
    sink, kafka = publisher
    with pytest.raises(SourceError, match=r"has no partition 9: it was created with fewer; \./clean\.sh --yes"):
        sink.send(Record(kafka.topic, b"k", b"1", partition=9))


def test_a_broker_killed_in_the_middle_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publisher_module, "DELIVERY_TIMEOUT_MS", 4_000)
    monkeypatch.setattr(publisher_module, "REQUEST_TIMEOUT_MS", 1_000)
    own = Broker(tmp_path)
    own.start()
    kafka = own.topic()
    streamer = make_streamer(kafka, ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz", tmp_path)
    streamer.time_delta = 0.0002
    streamer.start()
    eventually(lambda: int(str(streamer.status()["rows_sent"])) > 2000, "rows flow")
    own.kill()
    eventually(lambda: bool(streamer.status()["problem"]), "the problem is told")
    own.start()
    streamer.time_delta = 0
    eventually(lambda: streamer.status()["state"] == "finished", "the stream goes on to its end")
    distinct = {value for _, key, value, _ in read_all(kafka, kafka.topic) if key != END_OF_STREAM}
    assert len(distinct) == 36_962
    streamer.close()
    own.kill()
