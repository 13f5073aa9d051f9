"""A query between a real Kafka and a real InfluxDB whose answers fail: it waits, lives on, and loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from kafka import KafkaProducer
from pyspark.sql import SparkSession

from datastream.kafka.publisher import ensure_topics
from spark_app.context import Context
from spark_app.monitoring.write_metrics import BatchMetrics
from spark_app.readings import job as meteo
from testing import fault_proxy
from testing.environment import eventually, settings_environment
from testing.fault_proxy import Fault, FaultProxy
from testing.servers import Broker, InfluxDBServer
from weather import settings

UNAVAILABLE = b'{"code":"unavailable","message":"engine is compacting"}'
FAULTS: dict[str, Callable[[], Fault]] = {
    "503": lambda: Fault(503, {"Content-Type": "application/json"}, UNAVAILABLE),
    "500": lambda: Fault(500, {"Content-Type": "application/json"}, b'{"code":"internal error","message":"disk"}'),
    "429 with Retry-After": lambda: Fault(429, {"Retry-After": "1"}),
    "closes the connection": Fault,
    "closes in mid-answer": lambda: Fault(cuts=True),
    "hangs": lambda: Fault(hangs=True),
}
IN_CI = ("closes in mid-answer", "hangs")
ROWS = 240


@pytest.fixture
def proxy(influxdb_server: InfluxDBServer) -> Iterator[FaultProxy]:
    with fault_proxy.before(influxdb_server.url) as made:
        yield made


def send(kafka: settings.Kafka, first: int, last: int) -> None:
    producer = KafkaProducer(bootstrap_servers=kafka.bootstrap_servers, acks="all")
    for number in range(first, last):
        hour = f"201401{number // 24 + 1:02d}{number % 24:02d}"
        values = {"NUM_POSTE": kafka.topic, "NOM_USUEL": "A", "AAAAMMJJHH": hour, "T": float(number)}
        producer.send(kafka.topic, json.dumps(values).encode(), key=b"A")
    producer.close()


def stored(server: InfluxDBServer, station: str) -> list[float]:
    """The temperatures of a station in order of time."""
    return server.values(f'r.station_id == "{station}" and r._field == "Temperature"')


@pytest.mark.parametrize(
    "name", [name if name in IN_CI else pytest.param(name, marks=pytest.mark.long) for name in FAULTS]
)
def test_the_query_waits_and_goes_on_where_it_was(
    name: str, proxy: FaultProxy, influxdb_server: InfluxDBServer, broker: Broker, spark: SparkSession, tmp_path: Path
) -> None:
    kafka = broker.topic()
    ensure_topics(kafka)
    options = replace(settings.Spark.load(broker.variables), checkpoints=tmp_path, trigger_seconds=0.0)
    store = replace(influxdb_server.options, url=proxy.url)
    variables = settings.Variables(settings_environment())
    context = Context(spark, variables, kafka, store, options, BatchMetrics(spark.sparkContext))
    [query] = meteo.queries(context)
    send(kafka, 0, ROWS // 2)
    running = query.start()
    try:
        eventually(lambda: len(stored(influxdb_server, kafka.topic)) == ROWS // 2, "the first half is stored")
        with proxy.failing(FAULTS[name]()) as fault:
            send(kafka, ROWS // 2, ROWS)
            eventually(lambda: fault.hits >= (1 if fault.hangs else 3), "requests have met the fault")
            assert running.isActive
        expected = [float(number) for number in range(ROWS)]
        eventually(lambda: stored(influxdb_server, kafka.topic) == expected, "every value is stored once")
        assert running.isActive and running.exception() is None
    finally:
        running.stop()
