from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from benchmarks.contenders import ceiling, telegraf
from benchmarks.write import fill, readings
from weather import settings
from weather.errors import SettingsError

KAFKA = settings.Kafka("127.0.0.1:9", "readings", 4)
INFLUXDB = settings.InfluxDBSink("http://127.0.0.1:8", "valdom", "meteo", "monitoring", Path("secrets"), 5000)


def test_ready_made_lines_are_cut_into_whole_requests() -> None:
    text = b"".join(b"line %d\n" % number for number in range(5))
    assert list(ceiling.chunks(text, 2)) == [b"line 0\nline 1\n", b"line 2\nline 3\n", b"line 4\n"]
    assert list(ceiling.chunks(text, 5)) == [text]


def test_telegraf_writes_the_same_measurement_tags_and_times() -> None:
    made = tomllib.loads(telegraf.configuration(KAFKA, INFLUXDB, "group-1", telegraf.Batches(flush_interval="200ms")))
    consumer, output = made["inputs"]["kafka_consumer"][0], made["outputs"]["influxdb_v2"][0]
    assert consumer["name_override"] == "meteo"
    assert consumer["tag_keys"] == ["NOM_USUEL", "NUM_POSTE"]
    assert consumer["consumer_group"] == "group-1"
    assert made["agent"]["flush_interval"] == "200ms"
    assert output["bucket"] == "meteo"


def test_telegrafs_token_stands_in_no_file() -> None:
    made = tomllib.loads(telegraf.configuration(KAFKA, INFLUXDB, "group-1", telegraf.Batches()))
    assert made["outputs"]["influxdb_v2"][0]["token"] == "${INFLUXDB_TOKEN}"


def test_telegraf_can_hold_what_it_may_have_undelivered() -> None:
    batches = telegraf.Batches()
    assert batches.metric_batch_size <= batches.max_undelivered_messages <= batches.metric_buffer_limit


def test_two_connections_fill_a_store_with_every_reading_once() -> None:
    made = readings.all_fields(stations=3)
    parts = [b"".join(fill.requests(made, range(5, 30), part, 4)) for part in range(ceiling.CONNECTIONS)]
    assert sorted(b"".join(parts).decode().splitlines()) == sorted(made.line(number) for number in range(5, 30))


def test_telegrafs_batch_settings_can_be_changed_one_by_one() -> None:
    changed = telegraf.batches({"metric_batch_size": "3000", "flush_interval": "5s"})
    assert changed == telegraf.Batches(metric_batch_size=3000, flush_interval="5s")
    with pytest.raises(SettingsError, match="concurrent_writes: choose from flush_interval, metric_batch_size"):
        telegraf.batches({"concurrent_writes": "2"})
