"""The rows of the SQL table on their way to Kafka, with a real MariaDB and a real Kafka."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import text

from datastream.sources.sql import generator
from datastream.sources.sql import table as sql_table
from tests.sources.database_server import DatabaseServer
from tests.sources.streams import OpenStream
from tests.sources.table_rows import as_sent, first_rows, reports


def test_the_generator_fills_the_table_with_the_rows_of_the_exercise(database: DatabaseServer) -> None:
    with database.connection() as connection:
        count = iter(range(24, -1, -1))
        stop = Countdown(count)
        generator.fill(connection, 0.0, stop, lambda: None)  # type: ignore[arg-type]
        rows = sql_table.rows_after(connection, database.options, 0, 100)
    assert [row.id for row in rows] == list(range(1, 26))
    assert [(row.station_id, row.degrees) for row in rows[:10]] == [
        ("StationA", 23.851454295532143), ("StationB", 19.525202433007102), ("StationC", 22.977951196092594),
        ("StationD", 47.92533602679551), ("StationE", 52.0219652093013), ("StationF", 22.266228429236403),
        ("StationG", 30.72235799978964), ("StationH", 26.98481298988876), ("StationI", 5.0), ("StationJ", 0.0),
    ]  # fmt: skip
    assert [row.date for row in rows[::10]] == [date(2000, 1, 1), date(2000, 1, 2), date(2000, 1, 3)]


class Countdown:
    """A stop that is asked for after a number of rows."""

    def __init__(self, left: Iterator[int]) -> None:
        self._left = left

    def wait(self, seconds: float) -> bool:
        return next(self._left) == 0


def test_each_reading_is_a_transaction_of_its_own(database: DatabaseServer) -> None:
    database.add(*first_rows(3))
    with database.connection() as connection:
        assert len(sql_table.rows_after(connection, database.options, 1, 10)) == 2
        assert not connection.in_transaction()
        database.add(*first_rows(5)[3:])
        assert [row.id for row in sql_table.rows_after(connection, database.options, 3, 10)] == [4, 5]
        assert sql_table.last_id(connection, database.options) == 5
        assert not connection.in_transaction()


def test_every_row_arrives_once_under_its_stations_key_in_the_order_of_its_days(
    database: DatabaseServer, open_stream: OpenStream
) -> None:
    database.add(*first_rows(2500))  # more than one reading holds
    stream = open_stream("sql", database.variables)
    stream.send(2500)
    found = reports(stream)
    assert sorted(found) == sorted(as_sent(2500))
    assert len({partition for partition, _, _ in stream.records()}) > 1
    days: dict[str, list[str]] = {}
    for station, day, _ in found:
        days.setdefault(station, []).append(day)
    assert len(days) == 10
    first = date(2000, 1, 1)
    assert all(of_station == [(first + timedelta(n)).isoformat() for n in range(250)] for of_station in days.values())


def test_stations_i_and_j_can_be_computed_exactly(database: DatabaseServer, open_stream: OpenStream) -> None:
    database.add(*first_rows(400))
    stream = open_stream("sql", database.variables)
    stream.send(400)
    found = reports(stream)
    assert [degrees for station, _, degrees in found if station == "StationI"] == [5.0] * 40
    assert [degrees for station, _, degrees in found if station == "StationJ"] == [float(n % 10) for n in range(40)]


def test_rows_that_are_added_while_it_streams_are_sent_within_a_moment(
    database: DatabaseServer, open_stream: OpenStream
) -> None:
    stream = open_stream("sql", database.variables)
    stream.streamer.start()
    for count in (3, 10):
        database.add(*first_rows(10)[(0 if count == 3 else 3) : count])
        stream.wait_for(count)
    stream.streamer.stop()
    assert sorted(reports(stream)) == sorted(as_sent(10))


def test_a_stopped_stream_goes_on_with_the_row_after_the_last_one(
    database: DatabaseServer, open_stream: OpenStream
) -> None:
    database.add(*first_rows(50))
    stream = open_stream("sql", database.variables)
    stream.send(50)
    database.add(*first_rows(80)[50:])
    stream.send(80)
    assert sorted(reports(stream)) == sorted(as_sent(80))
    assert stream.streamer.status()["position"] == 80


def test_gaps_between_the_ids_do_not_matter(database: DatabaseServer, open_stream: OpenStream) -> None:
    database.add(*first_rows(3))
    with database.connection() as connection:
        connection.execute(text("ALTER TABLE temperatures AUTO_INCREMENT = 1000"))
        connection.commit()
    database.add(*first_rows(5)[3:])
    stream = open_stream("sql", database.variables)
    stream.send(5)
    assert sorted(reports(stream)) == sorted(as_sent(5))
    assert stream.streamer.status()["position"] == 1001
