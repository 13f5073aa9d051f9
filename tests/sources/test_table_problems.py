"""What goes wrong with the SQL table or its database is told, waited for or given up."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import OperationalError

from datastream.message import Message, Pause
from datastream.sources import backoff
from datastream.sources.sql import table as sql_table
from datastream.sources.sql.source import TemperaturesTable
from testing.environment import eventually
from tests.sources.database_server import DatabaseServer
from tests.sources.streams import OpenStream
from tests.sources.table_rows import as_sent, first_rows, reports
from weather.errors import RejectedRecord, SourceError
from weather.secrets import write_secret
from weather.settings import Variables


def test_a_database_that_is_killed_is_waited_for_and_no_row_is_missed(
    tmp_path: Path, open_stream: OpenStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.5)
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
    tmp_path: Path,
) -> None:
    with database.connection() as connection:
        sql_table.TEMPERATURES.drop(connection)
    source = TemperaturesTable(database.options, tmp_path)
    messages = source.messages()
    pause = next(messages)
    assert isinstance(pause, Pause)
    assert "'CS544.temperatures' doesn't exist" in pause.problem
    assert "python -m datastream.sources.sql.generator creates it" in pause.problem
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
    problem = problem_of(TemperaturesTable(type(database.options).load(Variables(home)), tmp_path))
    assert "Access denied for user 'weather'" in problem
    assert str(tmp_path / "sql_password") in problem
    assert "not-this-one" not in problem


def test_what_stays_wrong_is_given_up_with_its_reason(
    database: DatabaseServer, open_stream: OpenStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(backoff, "MAX_WAIT", 0.01)
    with database.connection() as connection:
        sql_table.TEMPERATURES.drop(connection)
    stream = open_stream("sql", database.variables)
    stream.streamer.start()
    eventually(lambda: stream.streamer.status()["state"] == "failed", "the stream gives up")
    problem = str(stream.streamer.status()["problem"])
    assert "gave up after 12 attempts" in problem and "doesn't exist" in problem


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


def test_a_row_that_lacks_a_value_is_set_aside_with_its_id(database: DatabaseServer, tmp_path: Path) -> None:
    with database.connection() as connection:
        connection.execute(text("ALTER TABLE temperatures MODIFY degrees DOUBLE NULL"))
        connection.execute(text("INSERT INTO temperatures (station_id, date) VALUES ('StationA', '2000-01-01')"))
        connection.commit()
    database.add(*first_rows(1))
    source = TemperaturesTable(database.options, tmp_path)
    messages = source.messages()
    bad, good = next(messages), next(messages)
    assert isinstance(bad, RejectedRecord) and isinstance(good, Message)
    assert (bad.where, bad.reason) == (
        "table CS544.temperatures, id 1", "station_id, date or degrees is missing",
    )  # fmt: skip
    assert bad.record == b'{"id":1,"station_id":"StationA","date":"2000-01-01","degrees":null}'
    assert source.counts["rejected"] == 1


def test_giving_up_is_an_error_of_the_source(
    database: DatabaseServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "ATTEMPTS", 2)
    with database.connection() as connection:
        sql_table.TEMPERATURES.drop(connection)
    with pytest.raises(SourceError, match="gave up after 2 attempts"):
        list(TemperaturesTable(database.options, tmp_path).messages())
