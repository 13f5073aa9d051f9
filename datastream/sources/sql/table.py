"""Table `temperatures` of the database: its columns, the connection and the queries."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import NamedTuple

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    Double,
    MetaData,
    Table,
    Text,
    create_engine,
    func,
    or_,
    select,
)
from sqlalchemy.exc import SQLAlchemyError

from weather import settings
from weather.errors import Unavailable
from weather.secrets import read_secret

CONNECT_TIMEOUT = 10
ANSWER_TIMEOUT = 30
TIMEOUTS = {"connect_timeout": CONNECT_TIMEOUT, "read_timeout": ANSWER_TIMEOUT, "write_timeout": ANSWER_TIMEOUT}
"""In seconds."""

RANGES_PER_QUERY = 500

HINTS = {
    1045: "{password_file} must hold the password of SQL_USER",
    1049: "set SQL_DATABASE to a database that exists",
    1146: "python -m datastream.sources.sql.generator creates it; STACK_PROFILES=sql runs this program",
    2003: "check that it is running and that SQL_PORT is its port",
}
"""MySQL's error number → what to do."""

TEMPERATURES = Table(
    "temperatures",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("station_id", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("degrees", Double, nullable=False),
)
"""The database assigns increasing ids; some may be missing. `degrees` is in degrees Fahrenheit."""


class TableRow(NamedTuple):
    """A row of the table. In a table that another program created, any column but the id may be NULL."""

    id: int
    station_id: str | None
    date: date | None
    degrees: float | None


@contextmanager
def connect(database: settings.Database) -> Iterator[Connection]:
    """A connection to MySQL or MariaDB for this block. Raise Unavailable if the database does not answer or refuses."""
    url = URL.create(
        "mysql+pymysql",
        username=database.user,
        password=read_secret(database.password_file),
        host=database.host,
        port=database.port,
        database=database.name,
    )
    engine = create_engine(url, connect_args=TIMEOUTS)
    try:
        connection = engine.connect()
    except SQLAlchemyError as error:
        raise unavailable(database, error) from error
    try:
        yield connection
    finally:
        connection.close()
        engine.dispose()


def create_table(connection: Connection) -> None:
    """Create the table if it does not exist."""
    TEMPERATURES.create(connection, checkfirst=True)
    connection.commit()


def rows_after(connection: Connection, database: settings.Database, last: int, most: int) -> list[TableRow]:
    """At most `most` rows with an id above `last`, in the order of the ids.

    Each poll is its own transaction, because a longer one would never see the rows that are added meanwhile.
    """
    return _rows(connection, database, TEMPERATURES.c.id > last, most)


def rows_between(
    connection: Connection, database: settings.Database, ranges: Sequence[tuple[int, int]], most: int
) -> list[TableRow]:
    """At most `most` rows whose id is in one of the ranges (first and last id, both included), by increasing ids."""
    found: list[TableRow] = []
    for start in range(0, len(ranges), RANGES_PER_QUERY):
        part = ranges[start : start + RANGES_PER_QUERY]
        condition = or_(*(TEMPERATURES.c.id.between(first, last) for first, last in part))
        found += _rows(connection, database, condition, most - len(found))
        if len(found) == most:
            break
    return found


def _rows(
    connection: Connection, database: settings.Database, condition: ColumnElement[bool], most: int
) -> list[TableRow]:
    columns = TEMPERATURES.c
    query = select(columns.id, columns.station_id, columns.date, columns.degrees).where(condition)
    try:
        rows = connection.execute(query.order_by(columns.id).limit(most)).all()
        connection.commit()
    except SQLAlchemyError as error:
        raise unavailable(database, error) from error
    return [TableRow(*row) for row in rows]


def last_id(connection: Connection, database: settings.Database) -> int:
    """The id of the table's last row; 0 if the table is empty."""
    try:
        found = connection.execute(select(func.max(TEMPERATURES.c.id))).scalar()
        connection.commit()
    except SQLAlchemyError as error:
        raise unavailable(database, error) from error
    return found or 0


def unavailable(database: settings.Database, error: SQLAlchemyError) -> Unavailable:
    """The error with the database's message, its address and the user, but never the password."""
    words = getattr(error, "orig", None) or error
    where = f"{database.name} at {database.host}:{database.port}"
    number = next(iter(getattr(words, "args", ())), None)
    hint = HINTS[number].format(password_file=database.password_file) if number in HINTS else ""
    return Unavailable(f"database {where}, as user {database.user}: {words}" + (f"; {hint}" if hint else ""))
