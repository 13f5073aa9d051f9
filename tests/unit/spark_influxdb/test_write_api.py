"""InfluxDB's write API as it is when InfluxDB is busy or broken: answers that a real one gives only under duress."""

from __future__ import annotations

import pytest

from spark_influxdb.connection import Connection
from spark_influxdb.errors import AccessError, Unavailable
from spark_influxdb.write_api import Chunk, WriteApi
from tests.unit.spark_influxdb.conftest import Server

LINES = b"m value=1 1\nm value=2 2"


@pytest.fixture
def api(connection: Connection) -> WriteApi:
    return WriteApi(connection)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_passes_is_tried_again_until_it_has(
    server: Server, api: WriteApi, waited: list[float], status: int
) -> None:
    server.answers = [(status, {})] * 3
    assert api.write(Chunk(LINES)) == []
    assert server.bodies == [LINES] * 4
    assert [0.5 <= waited[0] <= 1, 1 <= waited[1] <= 2, 2 <= waited[2] <= 4] == [True] * 3
    assert (api.retries, api.requests, api.bytes) == (3, 1, len(LINES))


def test_tries_are_bounded_and_the_last_answer_is_told(server: Server, api: WriteApi, waited: list[float]) -> None:
    server.answers = [(503, {})] * 100
    with pytest.raises(Unavailable, match=r"does not accept points \(503\): the reason"):
        api.write(Chunk(LINES))
    assert len(server.bodies) == 6 and 15 <= sum(waited) <= 31


def test_two_writers_that_fail_together_wait_differently(server: Server, api: WriteApi, waited: list[float]) -> None:
    server.answers = [(503, {})] * 12
    for _ in range(2):
        with pytest.raises(Unavailable):
            api.write(Chunk(LINES))
    assert waited[:5] != waited[5:]


@pytest.mark.parametrize(("asked", "seconds"), [("7", 7), ("3600", 60)])
def test_it_waits_as_long_as_influxdb_asks_a_minute_at_most(
    server: Server, api: WriteApi, waited: list[float], asked: str, seconds: int
) -> None:
    server.answers = [(429, {"Retry-After": asked})]
    assert api.write(Chunk(LINES)) == []
    assert waited == [seconds]


def test_what_trying_again_does_not_cure_is_told_at_once(server: Server, api: WriteApi, waited: list[float]) -> None:
    for status, words in ((401, "is invalid"), (403, "does not permit this for bucket"), (404, "there is no bucket")):
        server.answers = [(status, {})]
        with pytest.raises(AccessError, match=words):
            api.write(Chunk(LINES))
    assert len(server.bodies) == 3 and waited == []


def test_lines_that_influxdb_quotes_are_refused_and_the_others_written_once_more(server: Server, api: WriteApi) -> None:
    lines = [b"m value=%d %d" % (number, number) for number in range(6)]
    quoted = "\n".join(f"unable to parse '{lines[at].decode()}': odd" for at in (1, 3, 5))
    server.answers = [(400, {"message": quoted})]
    refused = [(at, f"unable to parse '{lines[at].decode()}': odd") for at in (1, 3, 5)]
    assert api.write(Chunk(b"\n".join(lines))) == refused
    assert server.bodies == [b"\n".join(lines), b"\n".join(lines[::2])]
    assert api.requests == 2


def test_lines_that_were_all_dropped_are_not_sent_again(server: Server, api: WriteApi) -> None:
    words = 'partial write: field type conflict: input field "value" on measurement "m" is type float'
    server.answers = [(422, {"message": f"{words} dropped=2"})]
    assert api.write(Chunk(LINES)) == [(0, words), (1, words)]
    assert server.bodies == [LINES]


def test_suspects_and_the_others_are_sent_apart(server: Server, api: WriteApi) -> None:
    words = (
        'partial write: field type conflict: input field "value" on measurement "m" is type string, '
        "already exists as type float"
    )
    lines = [b'm value="a" 1', b"m value=2 2", b'm value="c" 3', b"m value=4 4"]
    server.answers = [(422, {"message": f"{words} dropped=1"}), (422, {"message": f"{words} dropped=2"})]
    assert api.write(Chunk(b"\n".join(lines))) == [(0, words), (2, words)]
    assert server.bodies == [b"\n".join(some) for some in (lines, lines[::2], lines[1::2])]


def test_of_an_answer_that_names_no_line_the_lines_are_found_by_halving(server: Server, api: WriteApi) -> None:
    server.answers = [(400, {}), (204, {}), (400, {})]
    assert api.write(Chunk(LINES)) == [(1, "the reason")]
    assert server.bodies == [LINES, *LINES.split(b"\n")]
