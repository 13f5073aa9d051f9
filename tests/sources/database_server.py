"""A real MariaDB, as native mode starts it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, insert

from datastream.sources.sql import table as sql_table
from datastream.sources.sql.generator import Row
from stack.common import health, profiles
from stack.native.servers import mariadb
from testing.environment import eventually, free_port, settings_environment
from weather import settings
from weather.settings import Variables


class DatabaseServer:
    """A real MariaDB, as native mode starts it, that a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        self.variables = Variables(
            settings_environment(HOST="127.0.0.1", SQL_PORT=str(free_port()), STACK_HOME=str(folder))
        )
        self.options = settings.Database.load(self.variables)
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        (folder / "run").mkdir()
        profiles.keep_sql_password(self.variables)

    def start(self) -> None:
        at_start = mariadb.prepare(self.variables, self._folder)
        with (self._folder / "mariadb.log").open("ab") as log:
            command = mariadb.command(self.variables, self._folder, at_start)
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        at = health.Addresses(self.variables)
        eventually(lambda: health.database(at) == "", "MariaDB answers")

    def kill(self) -> None:
        """kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @contextmanager
    def connection(self) -> Iterator[Connection]:
        with sql_table.connect(self.options) as connection:
            yield connection

    def add(self, *added: Row) -> None:
        """Add these rows to the table, each in a transaction of its own."""
        with self.connection() as connection:
            for row in added:
                connection.execute(insert(sql_table.TEMPERATURES).values(**row._asdict()))
                connection.commit()

    def empty_table(self) -> None:
        """The table as it is before its first row."""
        with self.connection() as connection:
            sql_table.TEMPERATURES.drop(connection, checkfirst=True)
            sql_table.create_table(connection)
