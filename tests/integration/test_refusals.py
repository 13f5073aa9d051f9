"""What a real InfluxDB refuses: each line that it does not take is known, each other one is stored, in few requests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from influxdb_client import BucketRetentionRules, InfluxDBClient

from influxdb import setup
from spark_app.influxdb.store import connection
from spark_influxdb.write_api import Chunk, WriteApi
from testing.servers import InfluxDBServer
from weather import limits
from weather.secrets import write_secret

SHARD = int(setup.LONG_SHARD.total_seconds())
"""The length of a shard in the bucket of the readings: moments so far apart are in different ones."""
NUMBER = 2_000


@pytest.fixture
def api(influxdb_server: InfluxDBServer) -> WriteApi:
    return WriteApi(connection(influxdb_server.options), "s")


ALWAYS = ("1677-09-21T00:12:44Z", "2262-04-11T23:47:16Z")


def stored(server: InfluxDBServer, measurement: str, span: tuple[object, object] = ALWAYS) -> set[int]:
    """The seconds of the points that the store holds in a span, by default in all."""
    start, stop = span
    query = (
        f'from(bucket: "{server.bucket}") |> range(start: {start}, stop: {stop}) '
        f'|> filter(fn: (r) => r._measurement == "{measurement}") |> keep(columns: ["_time", "_field"]) '
        '|> distinct(column: "_time")'
    )
    with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as reader:
        tables = reader.query_api().query(query)
        return {int(record.get_value().timestamp()) for table in tables for record in table.records}


def assert_exact(
    server: InfluxDBServer, api: WriteApi, measurement: str, lines: list[str], bad: set[int], words: str
) -> None:
    """Just the bad lines are refused, with a reason; just the others are stored. A line ends in its time."""
    refused = dict(api.write(Chunk("\n".join(lines).encode())))
    assert set(refused) == bad
    assert all(words in reason for reason in refused.values())
    good = {int(line.rsplit(" ", 1)[1]) for number, line in enumerate(lines) if number not in bad}
    assert stored(server, measurement) >= good
    assert not stored(server, measurement) & {int(lines[number].rsplit(" ", 1)[1]) for number in bad}


@pytest.mark.parametrize("every", [100, 10, 2])
def test_lines_that_do_not_parse_cost_one_request_more(
    influxdb_server: InfluxDBServer, api: WriteApi, every: int
) -> None:
    name = f"parse_{every}"
    bad = set(range(0, NUMBER, every))
    lines = [f"{name},station=A v={'x' if number in bad else number} {number}" for number in range(NUMBER)]
    assert_exact(influxdb_server, api, name, lines, bad, "unable to parse")
    assert api.requests == 2


@pytest.mark.parametrize("every", [100, 10, 2])
def test_lines_of_another_type_cost_two_requests_more(
    influxdb_server: InfluxDBServer, api: WriteApi, every: int
) -> None:
    name = f"type_{every}"
    assert api.write(Chunk(f"{name} v=1.0 {NUMBER}".encode())) == []
    bad = set(range(0, NUMBER, every))
    value: Callable[[int], str] = lambda number: '"x"' if number in bad else "1.5"  # noqa: E731
    lines = [f"{name},station=A v={value(number)} {number}" for number in range(NUMBER)]
    assert_exact(influxdb_server, api, name, lines, bad, "field type conflict")
    assert api.requests == 1 + 3


def test_a_type_that_only_some_shards_have_refuses_the_lines_of_those_shards(
    influxdb_server: InfluxDBServer, api: WriteApi
) -> None:
    """As where somebody wrote whole numbers into the bucket for a while."""
    seconds = [shard * SHARD + number for number in range(400) for shard in range(5)]
    for shard in (1, 3):
        assert api.write(Chunk(f"shards v=1i {shard * SHARD + 500}".encode())) == []
    lines = [f"shards v={number}.5 {second}" for number, second in enumerate(seconds)]
    bad = {number for number, second in enumerate(seconds) if second // SHARD in (1, 3)}
    refused = dict(api.write(Chunk("\n".join(lines).encode())))
    assert set(refused) == bad
    assert all("field type conflict" in reason for reason in refused.values())
    # A query over shards of different types ends at the first one that differs, so each is asked for by itself.
    for shard in range(5):
        first = shard * SHARD
        found = stored(influxdb_server, "shards", (first, first + 400))
        assert found == (set() if shard in (1, 3) else set(range(first, first + 400)))
    assert api.requests < 100


def test_several_reasons_at_once_are_told_apart(influxdb_server: InfluxDBServer, api: WriteApi) -> None:
    assert api.write(Chunk(b"mixed v=1.0,w=1.0 9000")) == []
    values = {0: "v=x", 1: 'v="t"', 2: 'w="t"', 3: 'v=1.5,w="t"'}
    lines = [f"mixed {values.get(number % 10, 'v=1.5,w=2.5')} {number}" for number in range(1000)]
    bad = {number for number in range(1000) if number % 10 in values}
    assert_exact(influxdb_server, api, "mixed", lines, bad, "")
    assert api.requests < 20


def test_of_lines_of_one_point_the_last_one_counts_also_after_a_refusal(
    influxdb_server: InfluxDBServer, api: WriteApi
) -> None:
    assert api.write(Chunk(b"twice v=1.0,w=1.0 9000")) == []
    lines = [b"twice v=1.0 1", b'twice w="t" 2', b"twice v=2.0 1", b"twice w=1.0 1", b"twice w=3.0 1", b"twice v=x 3"]
    assert [number for number, _ in api.write(Chunk(b"\n".join(lines)))] == [1, 5]
    query = (
        f'from(bucket: "{influxdb_server.bucket}") |> range(start: 0) |> filter(fn: (r) => r._measurement == "twice")'
    )
    with InfluxDBClient(url=influxdb_server.url, token=influxdb_server.read_token, org=influxdb_server.org) as reader:
        tables = reader.query_api().query(f"{query} |> filter(fn: (r) => r._time == 1970-01-01T00:00:01Z)")
    assert {record.get_field(): record.get_value() for table in tables for record in table.records} == {"v": 2, "w": 3}


@pytest.fixture
def short(influxdb_server: InfluxDBServer) -> Iterator[WriteApi]:
    """A bucket that keeps a day."""
    server = influxdb_server
    with InfluxDBClient(url=server.url, token=server.admin_token, org=server.org) as client:
        rules = BucketRetentionRules(type="expire", every_seconds=86_400)
        bucket = client.buckets_api().create_bucket(bucket_name="short", org=server.org, retention_rules=rules)
        secrets = server.folder / "short"
        options = replace(server.options, bucket="short", secrets=secrets)
        write_secret(options.write_token_file, server.admin_token)
        yield WriteApi(connection(options), "s")
        client.buckets_api().delete_bucket(bucket)


def test_points_beyond_the_retention_are_refused_and_the_others_stored(short: WriteApi) -> None:
    import time

    now = int(time.time())
    seconds = [now - 30 * 86_400 + number if number % 2 else now - number for number in range(NUMBER)]
    lines = [f"old v=1.5 {second}" for second in seconds]
    refused = dict(short.write(Chunk("\n".join(lines).encode())))
    assert set(refused) == set(range(1, NUMBER, 2))
    assert all("outside retention policy" in reason for reason in refused.values())
    assert short.requests == 3


def test_the_limits_are_those_of_a_real_influxdb(influxdb_server: InfluxDBServer, api: WriteApi) -> None:
    first, last = limits.FIRST_SECOND, limits.LAST_SECOND
    assert api.write(Chunk(f"edge v=1 {first}\nedge v=2 {last}".encode())) == []
    assert first in stored(influxdb_server, "edge")  # a query cannot end after the last second
    outside = api.write(Chunk(f"edge v=1 {first - 1}\nedge v=2 {last + 1}".encode()))
    assert [number for number, _ in outside] == [0, 1]
    longest = "\\," * limits.MAX_TAG_BYTES
    assert api.write(Chunk(f"meteo,station={longest},station_id={longest} v=1.0 1".encode())) == []
