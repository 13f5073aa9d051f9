"""What the course's graders check of the simulated sources, in a real Kafka."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from itertools import islice

import pytest
from kafka import KafkaConsumer

from datastream.kafka.publisher import Publisher
from datastream.sources.simulated.single_place import DUPLICATE_DEGREES, days
from datastream.sources.simulated.stations import all_stations
from testing.servers import Broker
from tests.sources.streams import OpenStream, Stream
from weather import settings
from weather.messages import place_report_pb2, report_pb2

STATIONS, DAYS = 15, 60
PLACE_ITEMS = 4000


@pytest.fixture
def stations(open_stream: OpenStream) -> Stream:
    """Sixty days of fifteen stations, sent to their end."""
    stream = open_stream("stations", STATIONS_DAYS=str(DAYS), STATIONS_SEED="7")
    stream.send(STATIONS * DAYS)
    return stream


def partitions(stream: Stream, number: int) -> int:
    consumer = KafkaConsumer(bootstrap_servers=stream.kafka.bootstrap_servers)
    found = consumer.partitions_for_topic(stream.topics[number].name)
    consumer.close()
    return len(found)


def test_both_topics_have_six_partitions_and_every_day_of_every_station_under_its_key(stations: Stream) -> None:
    wanted = [tuple(row) for row in islice(all_stations(STATIONS, seed=7), STATIONS * DAYS)]
    in_protobuf, in_json = stations.records(0), stations.records(1)
    assert (partitions(stations, 0), partitions(stations, 1)) == (6, 6)
    assert len(in_protobuf) == len(in_json) == STATIONS * DAYS == len(wanted)
    reports = [(key, report_pb2.Report.FromString(value or b"")) for _, key, value in in_protobuf]
    assert sorted((r.date, r.station, r.degrees, r.raining) for _, r in reports) == sorted(row[:4] for row in wanted)
    assert all(key == report.station.encode() for key, report in reports)
    rows = [(key, json.loads(value or b"")) for _, key, value in in_json]
    assert all(list(row) == ["date", "station", "degrees", "raining", "LAT", "LON"] for _, row in rows)
    assert sorted(tuple(row.values()) for _, row in rows) == sorted(wanted)
    assert {type(row["raining"]) for _, row in rows} == {int}
    assert all(key == row["station"].encode() for key, row in rows)


def test_a_station_has_one_partition_in_which_its_days_follow_each_other(stations: Stream) -> None:
    homes: dict[bytes | None, set[int]] = {}
    dates: dict[str, list[date]] = {}
    for partition, key, value in stations.records(0):
        report = report_pb2.Report.FromString(value or b"")
        homes.setdefault(key, set()).add(partition)
        dates.setdefault(report.station, []).append(date.fromisoformat(report.date))
    assert {len(of_station) for of_station in homes.values()} == {1}
    assert len({partition for of_station in homes.values() for partition in of_station}) > 1
    for found in dates.values():
        assert found == sorted(found)
        assert len(found) == (found[-1] - found[0]).days + 1 == DAYS


def test_the_producer_waits_for_all_replicas_and_tries_ten_times(broker: Broker) -> None:
    publisher = Publisher(settings.Kafka.load(broker.variables))
    configuration = publisher._open().config
    publisher.close(1)
    assert (configuration["acks"], configuration["retries"]) in (("all", 10), (-1, 10))


def test_topics_are_made_anew_on_request_only(open_stream: OpenStream) -> None:
    stream = open_stream("stations", STATIONS_DAYS="2")
    stream.send(2 * STATIONS)
    stream.streamer.start(restart=True)
    stream.wait_for(4 * STATIONS)
    assert len(stream.records(0)) == len(stream.records(1)) == 4 * STATIONS
    stream.streamer.start(recreate_topics=True)
    stream.wait_for(6 * STATIONS)
    assert len(stream.records(0)) == len(stream.records(1)) == 2 * STATIONS
    assert (partitions(stream, 0), partitions(stream, 1)) == (6, 6)


def test_the_places_days_are_keyed_by_month_with_one_in_twenty_sent_twice(open_stream: OpenStream) -> None:
    stream = open_stream("place", PLACE_SEED="3")
    stream.send(PLACE_ITEMS)
    records = stream.records()
    assert partitions(stream, 0) == 4
    found: dict[bytes | None, list[tuple[str, float]]] = {}
    for _, key, value in records:
        report = place_report_pb2.Report.FromString(value or b"")
        assert (key or b"").decode() == date.fromisoformat(report.date).strftime("%B")
        found.setdefault(key, []).append((report.date, report.degrees))
    assert len(found) == 12
    wanted: dict[bytes | None, list[tuple[str, float]]] = {}
    for row in islice(days(seed=3), len(records)):
        wanted.setdefault(date.fromisoformat(row.date).strftime("%B").encode(), []).append((row.date, row.degrees))
    assert found == wanted
    duplicates = Counter(degrees == DUPLICATE_DEGREES for rows in found.values() for _, degrees in rows)
    assert 0.035 < duplicates[True] / duplicates.total() < 0.065


def test_a_month_has_one_partition(open_stream: OpenStream) -> None:
    stream = open_stream("place")
    stream.send(800)
    homes: dict[bytes | None, set[int]] = {}
    for partition, key, _ in stream.records():
        homes.setdefault(key, set()).add(partition)
    assert {len(of_month) for of_month in homes.values()} == {1}


def test_a_simulated_source_goes_on_where_it_was_stopped(open_stream: OpenStream) -> None:
    stream = open_stream("stations", STATIONS_DAYS="40")
    stream.send(100, time_delta=0.01)
    assert stream.streamer.status()["state"] == "stopped"
    stream.streamer.time_delta = 0.0
    stream.streamer.start()
    stream.wait_for(40 * STATIONS)
    values = [value for _, _, value in stream.records(1)]
    assert len(values) == len(set(values)) == 40 * STATIONS
