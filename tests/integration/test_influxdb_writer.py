"""The ForeachWriter against a real InfluxDB and a real Kafka, driven as Spark drives it."""

from __future__ import annotations

import pickle
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from influxdb_client import InfluxDBClient
from kafka import KafkaProducer

import spark_influxdb
from spark_app.influxdb.store import connection
from spark_app.influxdb.writer import InfluxDBWriter
from spark_app.kafka import dead_letters
from spark_app.monitoring.write_metrics import WriteMetrics
from spark_influxdb import AccessError
from testing.kafka_records import read_all
from testing.servers import InfluxDBServer, running_influxdb
from weather import dead_letter, settings
from weather.errors import Unavailable
from weather.secrets import write_secret


class Book:
    """Keeps what writers leave in their accumulator."""

    def __init__(self) -> None:
        self.metrics = WriteMetrics()

    def add(self, term: dict[int, WriteMetrics], /) -> None:
        for metrics in term.values():
            self.metrics.add(metrics)


def line(number: int, measurement: str) -> str:
    return f"{measurement},station=A value={number}.0 {number}"


def chunk(*lines: str, first: int = 0) -> SimpleNamespace:
    """Lines of records at the offsets from `first` of partition 0, which Kafka took a second ago."""
    numbers = np.arange(first, first + len(lines), dtype="<i8")
    sent = np.full(len(lines), time.time() * 1000 - 1000, dtype="<i8")
    return SimpleNamespace(
        lines="\n".join(lines).encode(), offsets=numbers.tobytes(), sent_ms=sent.tobytes(), partition=0, reason=None,
        deletions=None,
    )  # fmt: skip


def rejected(reason: str, *offsets: int, partition: int = 2) -> SimpleNamespace:
    numbers = np.array(offsets, dtype="<i8").tobytes()
    return SimpleNamespace(
        lines=None, offsets=numbers, sent_ms=numbers, partition=partition, reason=reason, deletions=None
    )


def send(kafka: settings.Kafka, partition: int, records: list[tuple[bytes | None, bytes | None]]) -> None:
    """Records (key, value) of the topic, from offset 0 of the partition on."""
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    for key, value in records:
        producer.send(kafka.topic, value, key=key, partition=partition)
    producer.flush()
    producer.close()


def count(server: InfluxDBServer, measurement: str) -> int:
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: 0) '
        f'|> filter(fn: (r) => r._measurement == "{measurement}") |> group() |> count()'
    )
    with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as reader:
        return sum(record.get_value() for table in reader.query_api().query(query) for record in table.records)


def run_partition(writer: InfluxDBWriter, rows: list[Any]) -> None:
    """What Spark does with one partition of a batch."""
    assert writer.open(0, 0)
    error: Exception | None = None
    try:
        for row in rows:
            writer.process(row)
    except Exception as failure:
        error = failure
        raise
    finally:
        writer.close(error)


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[InfluxDBServer]:
    """An InfluxDB that the test may kill."""
    with running_influxdb(tmp_path) as server:
        yield server


def test_every_line_is_written_and_told(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    chunks = [chunk(*(line(n, "chunks") for n in numbers)) for numbers in (range(1, 1001), range(1001, 1235))]
    book = Book()
    run_partition(InfluxDBWriter(influxdb_server.options, kafka, book), chunks)
    assert count(influxdb_server, "chunks") == 1234
    assert (book.metrics.points, book.metrics.requests, book.metrics.retries) == (1234, 2, 0)
    assert book.metrics.bytes == sum(len(part.lines) for part in chunks)
    assert 1000 <= (book.metrics.percentile(99) or 0) < 60_000


def test_the_same_batch_written_again_changes_nothing(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    writer = InfluxDBWriter(influxdb_server.options, kafka, Book())
    rows = [chunk(*(line(n, "again") for n in range(1, 101)))]
    run_partition(writer, rows)
    run_partition(writer, rows)
    assert count(influxdb_server, "again") == 100


def test_the_writer_travels_to_the_workers_without_the_token(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka
) -> None:
    pickled = pickle.dumps(InfluxDBWriter(influxdb_server.options, kafka, Book()))
    token = influxdb_server.options.write_token_file.read_bytes().strip()
    assert token not in pickled
    run_partition(pickle.loads(pickled), [chunk(line(1, "pickled"))])
    assert count(influxdb_server, "pickled") == 1


def test_rejected_records_go_to_the_dead_letter_topic_as_received(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka
) -> None:
    sent = [(b"k%d" % number if number % 2 else None, b"v%d" % number) for number in range(2500)]
    send(kafka, 2, [*sent, (b"empty", None)])
    book = Book()
    rows = [chunk(line(1, "beside")), rejected("no measurement", 0, 3, 2400), rejected("the message is empty", 2500)]
    run_partition(InfluxDBWriter(influxdb_server.options, kafka, book), rows)
    wanted = [(offset, *sent[offset], b"no measurement") for offset in (0, 3, 2400)]
    letters = read_all(kafka, kafka.dead_letter_topic)
    assert sorted(
        (key or b"", value, headers[dead_letter.REASON], headers[dead_letter.ORIGIN], headers[dead_letter.COMPONENT])
        for _, key, value, headers in letters
    ) == sorted(
        (key or b"", value, reason, f"{kafka.topic}-2@{offset}".encode(), b"spark_app")
        for offset, key, value, reason in [*wanted, (2500, b"empty", None, b"the message is empty")]
    )
    assert count(influxdb_server, "beside") == 1
    assert book.metrics.rejected == {"no measurement": 3, "the message is empty": 1}


def test_of_a_record_that_is_too_long_for_a_letter_the_beginning_is_kept(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka
) -> None:
    long = b"{" + b"v" * 3_000_000
    producer = KafkaProducer(
        bootstrap_servers=kafka.bootstrap_servers, compression_type="gzip", max_request_size=10_000_000
    )
    producer.send(kafka.topic, long, partition=2).get(10)
    producer.close()
    run_partition(InfluxDBWriter(influxdb_server.options, kafka, Book()), [rejected("torn", 0)])
    [(_, _, value, headers)] = read_all(kafka, kafka.dead_letter_topic)
    assert value and len(value) > 100_000 and long.startswith(value)
    assert headers[dead_letter.REASON] == b"truncated from 3,000,001 bytes; torn"
    assert headers[dead_letter.ORIGIN] == f"{kafka.topic}-2@0".encode()


def test_a_record_of_nothing_at_all_can_be_a_letter() -> None:
    assert dead_letter.fitting(None, None, "empty") == (None, b"", "empty"), "Kafka's client wants a key or a value"
    assert dead_letter.fitting(b"k", None, "empty") == (b"k", None, "empty")


def test_a_record_that_kafka_does_not_give_again_fails_the_task(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dead_letters, "READ_TIMEOUT_MS", 500)
    send(kafka, 2, [(None, b"the only one")])
    with pytest.raises(Unavailable, match=rf"does not return record 1 of {kafka.topic}-2"):
        run_partition(InfluxDBWriter(influxdb_server.options, kafka, Book()), [rejected("torn", 0, 1)])


def test_a_failed_partition_tells_no_figures(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    send(kafka, 2, [(None, b"torn")])
    book = Book()
    writer = InfluxDBWriter(influxdb_server.options, kafka, book)
    writer.open(0, 0)
    writer.process(rejected("no measurement", 0))
    writer.close(RuntimeError("the task was cancelled"))
    assert book.metrics == WriteMetrics()


def test_a_wrong_token_fails_at_once_and_names_its_file(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka, tmp_path: Path
) -> None:
    options = replace(influxdb_server.options, secrets=tmp_path)
    write_secret(options.write_token_file, "not-a-token")
    with pytest.raises(AccessError, match=rf"401.*{options.write_token_file}"):
        run_partition(InfluxDBWriter(options, kafka, Book()), [chunk(line(1, "refused"))])


def test_a_missing_bucket_fails_at_once_and_names_it(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    with pytest.raises(AccessError, match="'nowhere'"):
        run_partition(
            InfluxDBWriter(replace(influxdb_server.options, bucket="nowhere"), kafka, Book()), [chunk(line(1, "x"))]
        )


def test_an_influxdb_that_comes_back_in_time_gets_the_lines(own_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    book = Book()
    writer = InfluxDBWriter(own_server.options, kafka, book)
    own_server.kill()
    thread = threading.Timer(1.0, own_server.start)
    thread.start()
    run_partition(writer, [chunk(*(line(n, "patience") for n in range(1, 11)))])
    thread.join()
    assert count(own_server, "patience") == 10
    assert book.metrics.retries > 0


def test_an_influxdb_that_stays_away_fails_the_task(
    own_server: InfluxDBServer, kafka: settings.Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    once = replace(connection(own_server.options), max_retries=1)
    monkeypatch.setattr("spark_app.influxdb.writer.connection", lambda influxdb: once)
    own_server.kill()
    with pytest.raises(spark_influxdb.Unavailable, match=r"does not accept points.*Connection refused"):
        run_partition(InfluxDBWriter(own_server.options, kafka, Book()), [chunk(line(1, "lost"))])
