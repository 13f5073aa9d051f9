"""The streaming query with real Kafka, real InfluxDB and Spark with its Kafka connector."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from influxdb_client import InfluxDBClient
from kafka import KafkaAdminClient, KafkaProducer
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession

from datastream.kafka_topic import ensure_topics
from spark_app import meteo
from spark_app.main import explain
from spark_app.progress import ProgressListener
from tests.conftest import Broker, InfluxDBServer, eventually
from tests.integration.conftest import read_all
from weather import dead_letter, settings


@pytest.fixture
def options(broker: Broker, tmp_path: Path) -> settings.Spark:
    return replace(settings.Spark.load(broker.variables), checkpoints=tmp_path / "checkpoints")


def reading(number: int, station: str, **changes: object) -> bytes:
    """A message of hour `number` of January 2014."""
    hour = f"201401{number // 24 + 1:02d}{number % 24:02d}"
    values = {"NUM_POSTE": station, "NOM_USUEL": f"NAME OF {station}", "AAAAMMJJHH": hour, "T": float(number)}
    return json.dumps(values | changes).encode()


def send(kafka: settings.Kafka, values: Sequence[bytes | None]) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers)
    for number, value in enumerate(values):
        producer.send(kafka.topic, value, key=str(number % 7).encode())
    producer.flush()
    producer.close()


def temperatures(server: InfluxDBServer, station: str) -> list[float]:
    """The temperatures of a station in order of time."""
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "meteo" and '
        f'r.station_id == "{station}" and r.station == "NAME OF {station}" and r._field == "Temperature")'
    )
    with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as reader:
        return [record.get_value() for table in reader.query_api().query(query) for record in table.records]


def test_readings_reach_the_store_and_garbage_the_dead_letter_topic(
    spark: SparkSession, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer
) -> None:
    garbage: list[bytes | None] = [b"garbage", None, b"[]", reading(1, "G", T="warm"), b"\x00\xff"]
    send(kafka, [*(reading(n, "A") for n in range(300)), *garbage])
    query = meteo.start(spark, kafka, influxdb_server.options, options)
    query.processAllAvailable()
    query.stop()
    assert temperatures(influxdb_server, "A") == [float(n) for n in range(300)]
    letters = read_all(kafka, kafka.dead_letter_topic)
    assert sorted(map(repr, (value for _, _, value, _ in letters))) == sorted(map(repr, garbage))
    assert all(headers[dead_letter.ORIGIN].startswith(kafka.topic.encode()) for *_, headers in letters)
    assert query.lastProgress["observedMetrics"][meteo.FIGURES]["points"] == 300
    assert query.lastProgress["observedMetrics"][meteo.FIGURES]["dead_letters"] == len(garbage)


def test_a_restart_goes_on_where_the_checkpoint_stands(
    spark: SparkSession, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer
) -> None:
    for part in (range(0, 100), range(100, 200)):
        send(kafka, [reading(n, "B") for n in part])
        query = meteo.start(spark, kafka, influxdb_server.options, options)
        query.processAllAvailable()
        query.stop()
        assert sum(p["numInputRows"] for p in query.recentProgress) == 100
    assert temperatures(influxdb_server, "B") == [float(n) for n in range(200)]


def test_the_same_readings_sent_twice_are_the_same_points(
    spark: SparkSession, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer
) -> None:
    send(kafka, [reading(n, "C") for n in range(50)] * 2)
    query = meteo.start(spark, kafka, influxdb_server.options, options)
    query.processAllAvailable()
    query.stop()
    assert temperatures(influxdb_server, "C") == [float(n) for n in range(50)]


def test_an_influxdb_that_refuses_the_token_stops_the_query_and_loses_nothing(
    spark: SparkSession, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer, tmp_path: Path
) -> None:
    send(kafka, [reading(n, "D") for n in range(20)])
    wrong = replace(influxdb_server.options, secrets=tmp_path)
    wrong.write_token_file.write_text("not-a-token\n")
    query = meteo.start(spark, kafka, wrong, options)
    with pytest.raises(StreamingQueryException, match="refuses the write"):
        query.processAllAvailable()
    query = meteo.start(spark, kafka, influxdb_server.options, options)
    query.processAllAvailable()
    query.stop()
    assert temperatures(influxdb_server, "D") == [float(n) for n in range(20)]


def test_a_topic_that_was_made_again_is_an_error_that_explains_itself(
    spark: SparkSession, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer
) -> None:
    send(kafka, [reading(n, "E") for n in range(100)])
    query = meteo.start(spark, kafka, influxdb_server.options, options)
    query.processAllAvailable()
    query.stop()
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    admin.delete_topics([kafka.topic])
    eventually(lambda: kafka.topic not in admin.list_topics(), "the topic is gone")
    admin.close()
    ensure_topics(kafka)
    send(kafka, [reading(n, "E") for n in range(10)])
    query = meteo.start(spark, kafka, influxdb_server.options, options)
    with pytest.raises(StreamingQueryException) as error:
        query.processAllAvailable()
    assert "no longer in Kafka" in explain(str(error.value), options)
    assert str(options.checkpoints) in explain(str(error.value), options)


def test_each_batch_leaves_its_figures_in_the_monitoring_bucket(
    spark: SparkSession, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer
) -> None:
    listener = ProgressListener(influxdb_server.options)
    spark.streams.addListener(listener)
    send(kafka, [reading(n, "F") for n in range(40)] + [b"garbage"])
    query = meteo.start(spark, kafka, influxdb_server.options, options)
    query.processAllAvailable()
    try:
        eventually(lambda: figures(influxdb_server).get("points") == 40.0, "the figures are written")
    finally:
        query.stop()
        spark.streams.removeListener(listener)
    found = figures(influxdb_server)
    assert found["dead_letters"] == 1.0
    assert found["rejected"] == 1.0
    assert found["lag"] == found["partition_lag"] == 0.0
    assert 0 < found["latency_p50_ms"] <= found["latency_p95_ms"] <= found["latency_p99_ms"] < 600_000


def figures(server: InfluxDBServer) -> dict[str, float]:
    """The sum of each figure of measurement `pipeline`."""
    query = (
        f'from(bucket: "{server.options.monitoring_bucket}") |> range(start: -1h) '
        '|> filter(fn: (r) => r._measurement == "pipeline") |> group(columns: ["_field"]) |> sum()'
    )
    with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as reader:
        return {
            record["_field"]: record.get_value()
            for table in reader.query_api().query(query)
            for record in table.records
        }
