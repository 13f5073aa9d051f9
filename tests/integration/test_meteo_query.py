"""The streaming query with real Kafka, real InfluxDB and Spark with its Kafka connector."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from kafka import KafkaAdminClient, KafkaProducer
from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from datastream.kafka.publisher import ensure_topics
from spark_app.context import Context
from spark_app.main import explain
from spark_app.monitoring.progress import ProgressListener
from spark_app.monitoring.write_metrics import BatchMetrics, WriteMetrics
from spark_app.readings import job as meteo
from testing.environment import eventually, settings_environment
from testing.kafka_records import read_all
from testing.servers import Broker, InfluxDBServer
from weather import dead_letter, settings


@pytest.fixture
def options(broker: Broker, tmp_path: Path) -> settings.Spark:
    return replace(settings.Spark.load(broker.variables), checkpoints=tmp_path / "checkpoints")


@pytest.fixture
def context(
    spark: SparkSession, kafka: settings.Kafka, influxdb_server: InfluxDBServer, options: settings.Spark
) -> Context:
    """What the application would give the job, with a topic and checkpoints of the test's own."""
    variables = settings.Variables(settings_environment())
    return Context(spark, variables, kafka, influxdb_server.options, options, BatchMetrics(spark.sparkContext))


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
    return server.values(
        f'r._measurement == "meteo" and r.station_id == "{station}" and r.station == "NAME OF {station}" '
        'and r._field == "Temperature"'
    )


def started(context: Context) -> StreamingQuery:
    """The query of the job, which runs."""
    [query] = meteo.queries(context)
    return query.start()


@pytest.mark.parametrize(("seconds", "milliseconds"), [(0.0, 0), (0.25, 250), (1.0, 1000)])
def test_micro_batches_begin_at_the_interval_of_the_settings(
    context: Context, kafka: settings.Kafka, seconds: float, milliseconds: int
) -> None:
    query = started(replace(context, options=replace(context.options, trigger_seconds=seconds)))
    try:
        assert query._jsq.streamingQuery().trigger().toString() == f"ProcessingTimeTrigger({milliseconds})"
    finally:
        query.stop()


def test_readings_reach_the_store_and_garbage_the_dead_letter_topic(
    context: Context, kafka: settings.Kafka, influxdb_server: InfluxDBServer
) -> None:
    garbage: list[bytes | None] = [b"garbage", None, b"[]", reading(1, "G", T="warm"), b"\x00\xff"]
    send(kafka, [*(reading(n, "A") for n in range(300)), *garbage])
    query = started(context)
    query.processAllAvailable()
    query.stop()
    assert temperatures(influxdb_server, "A") == [float(n) for n in range(300)]
    letters = read_all(kafka, kafka.dead_letter_topic)
    assert sorted(map(repr, (value for _, _, value, _ in letters))) == sorted(map(repr, garbage))
    assert all(headers[dead_letter.ORIGIN].startswith(kafka.topic.encode()) for *_, headers in letters)
    figures = list(context.batch_metrics.of(meteo.QUERY).value.values())
    assert sum(batch.points for batch in figures) == 300
    assert sum(batch.rejected.total() for batch in figures) == len(garbage)


def test_a_restart_goes_on_where_the_checkpoint_stands(
    context: Context, kafka: settings.Kafka, influxdb_server: InfluxDBServer
) -> None:
    for part in (range(0, 100), range(100, 200)):
        send(kafka, [reading(n, "B") for n in part])
        query = started(context)
        query.processAllAvailable()
        query.stop()
        assert sum(p["numInputRows"] for p in query.recentProgress) == 100
    assert temperatures(influxdb_server, "B") == [float(n) for n in range(200)]


def test_the_same_readings_sent_twice_are_the_same_points(
    context: Context, kafka: settings.Kafka, influxdb_server: InfluxDBServer
) -> None:
    send(kafka, [reading(n, "C") for n in range(50)] * 2)
    query = started(context)
    query.processAllAvailable()
    query.stop()
    assert temperatures(influxdb_server, "C") == [float(n) for n in range(50)]


def test_an_influxdb_that_refuses_the_token_stops_the_query_and_loses_nothing(
    context: Context, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer, tmp_path: Path
) -> None:
    send(kafka, [reading(n, "D") for n in range(20)])
    wrong = replace(influxdb_server.options, secrets=tmp_path)
    wrong.write_token_file.write_text("not-a-token\n")
    query = started(replace(context, influxdb=wrong))
    with pytest.raises(StreamingQueryException, match="refuses the write"):
        query.processAllAvailable()
    query = started(context)
    query.processAllAvailable()
    query.stop()
    assert temperatures(influxdb_server, "D") == [float(n) for n in range(20)]


def test_a_topic_that_was_made_again_is_an_error_that_explains_itself(
    context: Context, kafka: settings.Kafka, options: settings.Spark
) -> None:
    send(kafka, [reading(n, "E") for n in range(100)])
    query = started(context)
    query.processAllAvailable()
    query.stop()
    admin = KafkaAdminClient(bootstrap_servers=kafka.bootstrap_servers)
    admin.delete_topics([kafka.topic])
    eventually(lambda: kafka.topic not in admin.list_topics(), "the topic is gone")
    admin.close()
    ensure_topics(kafka)
    send(kafka, [reading(n, "E") for n in range(10)])
    query = started(context)
    with pytest.raises(StreamingQueryException) as error:
        query.processAllAvailable()
    assert "are not in Kafka" in explain(str(error.value), options.checkpoints / "meteo")
    assert str(options.checkpoints) in explain(str(error.value), options.checkpoints / "meteo")
    assert "./submit.sh reset meteo" in explain(str(error.value), options.checkpoints / "meteo")


def test_each_batch_leaves_its_figures_in_the_monitoring_bucket(
    context: Context,
    spark: SparkSession,
    kafka: settings.Kafka,
    options: settings.Spark,
    influxdb_server: InfluxDBServer,
) -> None:
    listener = ProgressListener(influxdb_server.options, context.batch_metrics.written)
    spark.streams.addListener(listener)
    send(kafka, [reading(n, "F") for n in range(40)] + [b"garbage"])
    query = started(context)
    query.processAllAvailable()
    try:
        eventually(lambda: figures(influxdb_server).get("points") == 40.0, "the figures are written")
    finally:
        query.stop()
        spark.streams.removeListener(listener)
    found = figures(influxdb_server)
    assert found["dead_letters"] == 1.0
    assert found["rejected"] == 1.0
    assert found["write_requests"] >= 1.0 and found["write_bytes"] > 40 * 20 and found["write_retries"] == 0.0
    assert found["lag"] == found["partition_lag"] == 0.0
    assert 0 < found["latency_p50_ms"] <= found["latency_p95_ms"] <= found["latency_p99_ms"] < 600_000


def test_of_100_000_rows_those_that_are_refused_are_set_aside_and_all_others_are_points(
    context: Context, kafka: settings.Kafka, options: settings.Spark, influxdb_server: InfluxDBServer
) -> None:
    bucket, hour = "kept a while", datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    with InfluxDBClient(influxdb_server.url, influxdb_server.admin_token, org=influxdb_server.org) as admin:
        keep = BucketRetentionRules(type="expire", every_seconds=400 * 24 * 3600)
        made = admin.buckets_api().create_bucket(bucket_name=bucket, retention_rules=[keep])
        days = range(int(hour.timestamp()) - 220 * 24 * 3600, int(hour.timestamp()) + 1, 24 * 3600)
        taken = [f"meteo,station=TAKEN,station_id=9 Visibility=1i {day}" for day in days]  # types are those of a shard
        admin.write_api(write_options=SYNCHRONOUS).write(bucket, record=taken, write_precision="s")
        store = replace(influxdb_server.options, bucket=made.name, secrets=options.checkpoints.parent)
        store.write_token_file.write_text(influxdb_server.admin_token)

        def message(number: int) -> bytes | None:
            """Row of one of 20 stations; one in a hundred is of no use, each fifth of them for another reason."""
            station, back = number % 20, number // 20
            values = {"NUM_POSTE": f"{station:08d}", "NOM_USUEL": f"S{station}", "T": number / 10}
            values["AAAAMMJJHH"] = (hour - timedelta(hours=back)).strftime("%Y%m%d%H")
            wrong: dict[int, dict[str, Any]] = {
                0: {"AAAAMMJJHH": "2001010100"}, 1: {"T": None, "VV": 5}, 2: {"T": "warm"}, 3: {"NUM_POSTE": ""}
            }  # fmt: skip
            if number % 100 != 50:
                return json.dumps(values).encode()
            return json.dumps(values | wrong[number // 100 % 5]).encode() if number // 100 % 5 in wrong else None

        send(kafka, [message(number) for number in range(100_000)])
        query = started(replace(context, influxdb=store))
        query.processAllAvailable()
        query.stop()
        flux = (
            f'from(bucket: "{bucket}") |> range(start: 0) |> filter(fn: (r) => r._field == "Temperature")'
            " |> group() |> count()"
        )
        [table] = admin.query_api().query(flux)
    assert table.records[0].get_value() == 99_000
    reasons = Counter(headers[dead_letter.REASON].decode() for *_, headers in read_all(kafka, kafka.dead_letter_topic))
    words = (
        "outside retention policy", "field type conflict", "columns and types of a reading", "NUM_POSTE is missing",
        "the message is empty",
    )  # fmt: skip
    assert [sum(n for reason, n in reasons.items() if word in reason) for word in words] == [200] * 5
    assert reasons.total() == 1_000
    told = WriteMetrics()
    for batch in context.batch_metrics.of(meteo.QUERY).value.values():
        told.add(batch)
    assert (told.points, sorted(told.rejected.values())) == (99_000, [200] * 5), "counted under few names"


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
