"""The ForeachWriter against a real InfluxDB and a real Kafka, driven as Spark drives it."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from influxdb_client import InfluxDBClient

from spark_app import influxdb_writer
from spark_app.influxdb_writer import InfluxDBWriter
from tests.conftest import InfluxDBServer, running_influxdb
from tests.integration.conftest import read_all
from weather import dead_letter, settings
from weather.errors import SetupError
from weather.secrets import write_secret


def line(number: int, measurement: str) -> SimpleNamespace:
    return SimpleNamespace(line=f"{measurement},station=A value={number}.0 {number}", rejected=None)


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


def test_every_line_is_written_also_the_last_incomplete_batch(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka
) -> None:
    options = replace(influxdb_server.options, batch_lines=100)
    run_partition(InfluxDBWriter(options, kafka), [line(n, "batches") for n in range(1, 1235)])
    assert count(influxdb_server, "batches") == 1234


def test_the_same_batch_written_again_changes_nothing(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    writer = InfluxDBWriter(influxdb_server.options, kafka)
    rows = [line(n, "again") for n in range(1, 101)]
    run_partition(writer, rows)
    run_partition(writer, rows)
    assert count(influxdb_server, "again") == 100


def test_the_writer_travels_to_the_workers_without_the_token(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka
) -> None:
    pickled = pickle.dumps(InfluxDBWriter(influxdb_server.options, kafka))
    token = influxdb_server.options.write_token_file.read_bytes().strip()
    assert token not in pickled
    run_partition(pickle.loads(pickled), [line(1, "pickled")])
    assert count(influxdb_server, "pickled") == 1


def test_a_rejected_record_goes_to_the_dead_letter_topic(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka
) -> None:
    rejected = SimpleNamespace(
        reason="no measurement", key=bytearray(b"k"), value=None, topic="meteo", partition=2, offset=7
    )
    row = SimpleNamespace(line=None, rejected=rejected)
    run_partition(InfluxDBWriter(influxdb_server.options, kafka), [line(1, "beside"), row])
    [(_, key, value, headers)] = read_all(kafka, kafka.dead_letter_topic)
    assert (key, value) == (b"k", None)
    assert headers == {
        dead_letter.REASON: b"no measurement",
        dead_letter.COMPONENT: b"spark_app",
        dead_letter.ORIGIN: b"meteo-2@7",
    }
    assert count(influxdb_server, "beside") == 1


def test_a_failed_partition_writes_no_rest(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    writer = InfluxDBWriter(influxdb_server.options, kafka)
    writer.open(0, 0)
    writer.process(line(1, "torn"))
    writer.close(RuntimeError("the task was cancelled"))
    assert count(influxdb_server, "torn") == 0


def test_a_wrong_token_fails_at_once_and_names_its_file(
    influxdb_server: InfluxDBServer, kafka: settings.Kafka, tmp_path: Path
) -> None:
    options = replace(influxdb_server.options, secrets=tmp_path)
    write_secret(options.write_token_file, "not-a-token")
    with pytest.raises(SetupError, match=rf"401.*{options.write_token_file}"):
        run_partition(InfluxDBWriter(options, kafka), [line(1, "refused")])


def test_a_missing_bucket_fails_at_once_and_names_it(influxdb_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    with pytest.raises(SetupError, match="'nowhere'"):
        run_partition(InfluxDBWriter(replace(influxdb_server.options, bucket="nowhere"), kafka), [line(1, "x")])


def test_an_influxdb_that_comes_back_in_time_gets_the_lines(own_server: InfluxDBServer, kafka: settings.Kafka) -> None:
    writer = InfluxDBWriter(own_server.options, kafka)
    own_server.kill()
    thread = threading.Timer(1.0, own_server.start)
    thread.start()
    run_partition(writer, [line(n, "patience") for n in range(1, 11)])
    thread.join()
    assert count(own_server, "patience") == 10


def test_an_influxdb_that_stays_away_fails_the_task(
    own_server: InfluxDBServer, kafka: settings.Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(influxdb_writer, "RETRIES", influxdb_writer.RETRIES | {"total": 1, "retry_interval": 0})
    own_server.kill()
    with pytest.raises(Exception, match=r"Max retries exceeded|Connection refused"):
        run_partition(InfluxDBWriter(own_server.options, kafka), [line(1, "lost")])
