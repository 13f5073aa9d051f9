"""Table `temperatures` of the database: what its columns are, and how to reach it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import (
    URL,
    BigInteger,
    Column,
    Connection,
    Date,
    Double,
    MetaData,
    Table,
    Text,
    create_engine,
)
from sqlalchemy.exc import SQLAlchemyError

from weather import settings
from weather.errors import Unavailable
from weather.secrets import read_secret

CONNECT_WITHIN = 10

TEMPERATURES = Table(
    "temperatures",
    MetaData(),
    Column("id", BigInteger, primary_key=True, autoincrement=True),
    Column("station_id", Text, nullable=False),
    Column("date", Date, nullable=False),
    Column("degrees", Double, nullable=False),
)
"""`id` is consecutive and only grows; `degrees` is in degrees Fahrenheit."""


@contextmanager
def connect(database: settings.Database) -> Iterator[Connection]:
    """A connection to MySQL or MariaDB, closed with the block; Unavailable where there is none to be had."""
    url = URL.create(
        "mysql+pymysql",
        username=database.user,
        password=read_secret(database.password_file),
        host=database.host,
        port=database.port,
        database=database.name,
    )
    engine = create_engine(url, connect_args={"connect_timeout": CONNECT_WITHIN})
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
    """Make the table unless it is there."""
    TEMPERATURES.create(connection, checkfirst=True)
    connection.commit()


def unavailable(database: settings.Database, error: SQLAlchemyError) -> Unavailable:
    """The database's own words, with where it is and as whom it was asked; never with the password."""
    words = getattr(error, "orig", None) or error
    where = f"{database.name} at {database.host}:{database.port}"
    return Unavailable(f"database {where}, as user {database.user}: {words}")
