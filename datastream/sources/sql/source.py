"""The SQL source: rows of table `temperatures` as they are added, from the id above the last one on.

Delivery promise: a row is sent once its transaction is committed, in the order of the ids; its id is the position.
Whoever fills the table must commit the ids in their order, as the generator does, or a late one is passed over.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator

import orjson

from datastream.message import Item, Message, Pause
from datastream.sources.sql import table as sql_table
from datastream.sources.sql.table import TableRow
from weather import settings
from weather.errors import RejectedRecord, SourceError, Unavailable

POLL_EVERY = 0.2
MAX_ROWS_PER_POLL = 1000
ATTEMPTS = 12
"""Failures in a row after which the stream gives up: a bit more than two minutes."""
FIRST_WAIT = 0.5
MAX_WAIT = 20.0


class TemperaturesTable:
    """Endless: waits for the rows that are added. Tries again while the database is away, a limited number of times."""

    def __init__(self, database: settings.Database) -> None:
        self.counts: Counter[str] = Counter()
        self.total: int | None = None
        self.name = f"table {database.name}.{sql_table.TEMPERATURES.name}"
        self.fingerprint = f"{database.host}:{database.port} {self.name}"
        self._database = database
        self._last = 0
        self._failures = 0

    def refresh(self) -> None:
        """What is in the table is asked for with every reading."""

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
        self._last, self._failures = skip, 0
        while not cancelled():
            try:
                yield from self._while_connected(cancelled)
            except Unavailable as error:
                self._failures += 1
                if self._failures >= ATTEMPTS:
                    raise SourceError(f"given up after {ATTEMPTS} attempts: {error}") from error
                yield Pause(wait_before_attempt(self._failures), str(error))

    def end_marker(self) -> None:
        """A table has no end."""

    def close(self) -> None:
        """The connection ends with the iteration."""

    def _while_connected(self, cancelled: Callable[[], bool]) -> Iterator[Item]:
        """The rows as they come; Unavailable where the connection is lost."""
        with sql_table.connect(self._database) as connection:
            while not cancelled():
                rows = sql_table.rows_after(connection, self._database, self._last, MAX_ROWS_PER_POLL)
                self._failures = 0
                for row in rows:
                    self._last = row.id
                    yield self._message(row)
                if not rows:
                    self._check_not_emptied(sql_table.last_id(connection, self._database))
                    yield Pause(POLL_EVERY)

    def _check_not_emptied(self, found: int) -> None:
        """SourceError where the ids began anew: nothing would ever come again."""
        if found < self._last:
            raise SourceError(
                f"{self.name} ends with id {found}, but the rows up to id {self._last} were sent: it was emptied or "
                "made anew. ./start-streaming.sh --restart sends what is in it from its first row on"
            )

    def _message(self, row: TableRow) -> Message | RejectedRecord:
        fields = orjson.dumps(row._asdict())
        if row.station_id is None or row.date is None or row.degrees is None:
            self.counts["rejected"] += 1
            return RejectedRecord("station_id, date or degrees is missing", fields, f"{self.name}, id {row.id}")
        day = row.date.isoformat()
        value = {"date": day, "degrees": row.degrees, "station_id": row.station_id}
        return Message(row.station_id.encode(), day, orjson.dumps(value), offset=row.id)


def wait_before_attempt(failures: int) -> float:
    """Seconds to wait after so many failures in a row: twice as long each time, up to a limit, and never in step."""
    return min(MAX_WAIT, FIRST_WAIT * 2.0 ** (failures - 1)) * random.uniform(0.75, 1.25)
