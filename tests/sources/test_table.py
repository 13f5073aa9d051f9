"""The SQL source with a real MariaDB and a real Kafka."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest
import requests
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError

from datastream.message import Message, Pause
from datastream.sources.sql import generator
from datastream.sources.sql import source as table_source
from datastream.sources.sql import table as sql_table
from datastream.sources.sql.source import TemperaturesTable
from testing.environment import ROOT, eventually, free_port
from testing.kafka_records import read_all
from testing.servers import Broker
from tests.sources.conftest import DatabaseServer, OpenStream, Stream, first_rows
from weather.errors import RejectedRecord, SourceError
from weather.messages import station_report_pb2
from weather.secrets import write_secret
from weather.settings import Kafka, Variables

Report = tuple[str, str, float]


def report(value: bytes | None) -> Report:
    found = station_report_pb2.Report.FromString(value or b"")
    return found.station_id, found.date, found.degrees


def reports(stream: Stream) -> list[Report]:
    """What is in the topic, each under the key of its station."""
    records = [(key, report(value)) for _, key, value in stream.records()]
    assert all(key == found[0].encode() for key, found in records)
    return [found for _, found in records]


def as_sent(count: int) -> list[Report]:
    """The first rows of the exercise as they should be in the topic."""
    return [(row.station_id, row.date.isoformat(), row.degrees) for row in first_rows(count)]


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


def test_a_database_that_is_killed_is_waited_for_and_no_row_is_missed(
    tmp_path: Path, open_stream: OpenStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_source, "LONGEST_WAIT", 0.5)
    own = DatabaseServer(tmp_path)
    own.start()
    own.empty_table()
    own.add(*first_rows(20))
    stream = open_stream("sql", own.variables)
    stream.streamer.start()
    stream.wait_for(20)
    own.kill()
    eventually(lambda: "127.0.0.1" in str(stream.streamer.status()["problem"]), "the problem is told")
    assert stream.streamer.status()["state"] == "running"
    own.start()
    own.add(*first_rows(40)[20:])
    stream.wait_for(40)
    assert stream.streamer.status()["problem"] == ""
    own.kill()
    assert sorted(reports(stream)) == sorted(as_sent(40))


def problem_of(source: TemperaturesTable) -> str:
    """What the first pause of a source tells."""
    item = next(iter(source.messages()))
    assert isinstance(item, Pause)
    return item.problem


def test_a_table_that_is_missing_is_told_with_what_makes_it_and_found_once_it_is_there(
    database: DatabaseServer,
) -> None:
    with database.connection() as connection:
        sql_table.TEMPERATURES.drop(connection)
    source = TemperaturesTable(database.options)
    messages = source.messages()
    pause = next(messages)
    assert isinstance(pause, Pause)
    assert "'CS544.temperatures' doesn't exist" in pause.problem
    assert "python -m datastream.sources.sql.generator makes it" in pause.problem
    database.empty_table()
    database.add(*first_rows(1))
    assert isinstance(next(messages), Message)


def test_the_servers_root_is_out_of_reach_without_its_socket(database: DatabaseServer) -> None:
    where = URL.create("mysql+pymysql", username="root", host="127.0.0.1", port=database.options.port)
    with pytest.raises(OperationalError, match="Access denied for user 'root'"):
        create_engine(where).connect()


def test_a_wrong_password_is_told_with_where_it_stands_and_never_shown(
    database: DatabaseServer, tmp_path: Path
) -> None:
    home = database.variables.all() | {"SECRETS_DIR": str(tmp_path)}
    write_secret(tmp_path / "sql_password", "not-this-one")
    problem = problem_of(TemperaturesTable(type(database.options).load(Variables(home))))
    assert "Access denied for user 'weather'" in problem
    assert str(tmp_path / "sql_password") in problem
    assert "not-this-one" not in problem


def test_what_stays_wrong_is_given_up_with_its_reason(
    database: DatabaseServer, open_stream: OpenStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(table_source, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(table_source, "LONGEST_WAIT", 0.01)
    with database.connection() as connection:
        sql_table.TEMPERATURES.drop(connection)
    stream = open_stream("sql", database.variables)
    stream.streamer.start()
    eventually(lambda: stream.streamer.status()["state"] == "failed", "the stream gives up")
    problem = str(stream.streamer.status()["problem"])
    assert "given up after 12 attempts" in problem and "doesn't exist" in problem


def test_a_table_that_was_emptied_is_an_error_and_not_an_endless_silence(
    database: DatabaseServer, open_stream: OpenStream
) -> None:
    database.add(*first_rows(5))
    stream = open_stream("sql", database.variables)
    stream.send(5)
    database.empty_table()
    database.add(*first_rows(2))
    stream.streamer.start()
    eventually(lambda: stream.streamer.status()["state"] == "failed", "it is told")
    assert "ends with id 2, but the rows up to id 5 were sent" in str(stream.streamer.status()["problem"])
    stream.streamer.start(restart=True)
    stream.wait_for(7)
    assert stream.streamer.status()["state"] == "running"


def test_a_row_that_lacks_a_value_is_set_aside_with_its_id(database: DatabaseServer) -> None:
    with database.connection() as connection:
        connection.execute(text("ALTER TABLE temperatures MODIFY degrees DOUBLE NULL"))
        connection.execute(text("INSERT INTO temperatures (station_id, date) VALUES ('StationA', '2000-01-01')"))
        connection.commit()
    database.add(*first_rows(1))
    source = TemperaturesTable(database.options)
    messages = source.messages()
    bad, good = next(messages), next(messages)
    assert isinstance(bad, RejectedRecord) and isinstance(good, Message)
    assert (bad.where, bad.reason) == (
        "table CS544.temperatures, id 1", "station_id, date or degrees is missing",
    )  # fmt: skip
    assert bad.record == b'{"id":1,"station_id":"StationA","date":"2000-01-01","degrees":null}'
    assert source.counts["rejected"] == 1


def test_giving_up_is_an_error_of_the_source(database: DatabaseServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_source, "ATTEMPTS", 2)
    with database.connection() as connection:
        sql_table.TEMPERATURES.drop(connection)
    with pytest.raises(SourceError, match="given up after 2 attempts"):
        list(TemperaturesTable(database.options).messages())


# --- the process itself


@contextmanager
def streamer_process(environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m datastream`, answering."""
    with log.open("ab") as output:
        command = [sys.executable, "-m", "datastream"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)
    try:
        eventually(lambda: answers(environment), "the streamer answers")
        yield process
    finally:
        process.kill()
        process.wait()


def url(environment: dict[str, str], path: str) -> str:
    return f"http://127.0.0.1:{environment['DATASTREAM_FLASK_PORT']}/{path}"


def answers(environment: dict[str, str]) -> bool:
    try:
        return requests.get(url(environment, "status"), timeout=2).ok
    except requests.ConnectionError:
        return False


@pytest.fixture
def environment(database: DatabaseServer, broker: Broker, tmp_path: Path) -> dict[str, str]:
    """The settings of a streamer process of the table, with a home of its own."""
    return database.variables.all() | {
        "STREAM_SOURCE": "sql",
        "KAFKA_PORT": broker.variables.text("KAFKA_PORT"),
        "DATASTREAM_FLASK_PORT": str(free_port()),
        "STACK_HOME": str(tmp_path),
        "SECRETS_DIR": str(database.options.password_file.parent),
        "STREAMING_TIME_DELTA": "0.002",
    }


def test_a_streamer_killed_again_and_again_misses_no_row_and_repeats_few(
    database: DatabaseServer, broker: Broker, environment: dict[str, str], tmp_path: Path
) -> None:
    database.add(*first_rows(3000))
    kafka = Kafka.load(broker.variables)

    def status() -> dict[str, object]:
        return dict(requests.get(url(environment, "status"), timeout=5).json())

    for kills in range(4):
        with streamer_process(environment, tmp_path / "streamer.log") as process:
            if kills == 0:
                form = {"recreate_topics": "1"}
                assert requests.post(url(environment, "start_streaming"), data=form, timeout=30).ok
            if kills < 3:
                eventually(lambda: int(str(status()["rows_sent"])) > 600, "rows flow by themselves")
                os.kill(process.pid, signal.SIGKILL)
            else:
                eventually(lambda: status()["position"] == 3000, "the last row")
                assert requests.post(url(environment, "stop_streaming"), timeout=30).ok
    found = [report(value) for _, _, value, _ in read_all(kafka, "temperatures")]
    assert set(found) == set(as_sent(3000))
    assert len(found) < 3000 + 3 * 1000  # up to a second of rows for each kill


def test_the_program_ends_with_the_names_of_the_sources_where_it_does_not_know_one(
    environment: dict[str, str],
) -> None:
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "datastream"], cwd=ROOT, env=environment | {"STREAM_SOURCE": "tides"},
        capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no source is called 'tides'; there are meteofrance, stations, place, sql" in done.stderr
    assert time.monotonic() - began < 30
