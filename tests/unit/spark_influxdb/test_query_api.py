"""InfluxDB's query API as it is when InfluxDB is busy or broken, and the types of its answers."""

from __future__ import annotations

import socket

import pytest

from spark_influxdb.connection import Connection
from spark_influxdb.errors import AccessError, InfluxDBError, Unavailable
from spark_influxdb.query_api import batches
from tests.unit.spark_influxdb.conftest import Answer, Server

ROWS = "#datatype,string,long,double\r\n,result,table,_value\r\n,_result,0,1.5\r\n,_result,0,\r\n\r\n"
FAILS_LATER = ROWS + "#datatype,string,string\r\n,error,reference\r\n,out of memory,897\r\n"


def answered(body: str) -> Answer:
    return 200, {"body": body}


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_query_is_repeated_until_it_is_answered(
    server: Server, connection: Connection, waited: list[float], status: int
) -> None:
    server.answers = [(status, {}), (status, {}), answered(ROWS)]
    assert [batch.to_pydict() for batch in batches(connection, "from()")] == [{"_value": [1.5, None]}]
    assert len(server.bodies) == 3 and [0.5 <= waited[0] <= 1, 1 <= waited[1] <= 2] == [True] * 2


def test_queries_are_repeated_a_bounded_number_of_times(
    server: Server, connection: Connection, waited: list[float]
) -> None:
    server.answers = [(503, {})] * 100
    with pytest.raises(Unavailable, match=r"does not answer the query \(503\): the reason"):
        list(batches(connection, "from()"))
    assert len(server.bodies) == 6 and 15 <= sum(waited) <= 31


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (400, InfluxDBError, "refuses the query: the reason"),
        (401, AccessError, "is invalid"),
        (404, AccessError, "there is no bucket"),
    ],
)
def test_a_query_that_is_refused_is_not_repeated(
    server: Server, connection: Connection, status: int, error: type[Exception], words: str
) -> None:
    server.answers = [(status, {})]
    with pytest.raises(error, match=words):
        list(batches(connection, "from()"))
    assert len(server.bodies) == 1


def test_an_error_in_the_middle_of_an_answer_is_raised_after_the_rows(server: Server, connection: Connection) -> None:
    server.answers = [answered(FAILS_LATER)]
    found = batches(connection, "from()")
    assert next(found).num_rows == 2
    with pytest.raises(InfluxDBError, match="in the middle of a query: out of memory"):
        next(found)


def test_nobody_listens(waited: list[float]) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = Connection(f"http://127.0.0.1:{unused.getsockname()[1]}", "org", "bucket", token="token")
        with pytest.raises(Unavailable, match=r"does not answer the query: .*refused"):
            list(batches(nowhere, "from()"))
    assert len(waited) == 5
