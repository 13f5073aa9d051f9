"""The SQL source: polls table `temperatures` for rows with an id above the last one.

Delivery promise: a row is sent after its transaction is committed, in the order of the ids; its id is the offset.
Programs that fill the table must commit ids in ascending order, as the generator does. A late id is skipped.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

import orjson

from datastream.message import Item, Message, Pause
from datastream.sources.backoff import Backoff
from datastream.sources.sql import table as sql_table
from datastream.sources.sql.table import TableRow
from weather import settings
from weather.errors import RejectedRecord, SourceError, Unavailable

POLL_EVERY = 0.2
MAX_ROWS_PER_POLL = 1000


class TemperaturesTable:
    """Endless: waits for new rows. While the database is unavailable, it retries a limited number of times."""

    def __init__(self, database: settings.Database) -> None:
        self.counts: Counter[str] = Counter()
        self.following = None
        self.total: int | None = None
        self.name = f"table {database.name}.{sql_table.TEMPERATURES.name}"
        self.fingerprint = f"{database.host}:{database.port} {self.name}"
        self._database = database
        self._last = 0
        self._backoff = Backoff()

    def refresh(self) -> None:
        """Nothing to do: every poll queries the table."""

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
        self._last = skip
        self._backoff.worked()
        while not cancelled():
            try:
                yield from self._while_connected(cancelled)
            except Unavailable as error:
                if (wait := self._backoff.failed()) is None:
                    raise SourceError(f"gave up after {self._backoff.failures} attempts: {error}") from error
                yield Pause(wait, str(error))

    def end_marker(self) -> None:
        """None: a table has no end."""

    def close(self) -> None:
        """Nothing to do: the connection is closed when the iteration ends."""

    def _while_connected(self, cancelled: Callable[[], bool]) -> Iterator[Item]:
        """The rows as they are added. Raise Unavailable if the connection is lost."""
        with sql_table.connect(self._database) as connection:
            while not cancelled():
                rows = sql_table.rows_after(connection, self._database, self._last, MAX_ROWS_PER_POLL)
                self._backoff.worked()
                for row in rows:
                    self._last = row.id
                    yield self._message(row)
                if not rows:
                    self._check_not_emptied(sql_table.last_id(connection, self._database))
                    yield Pause(POLL_EVERY)

    def _check_not_emptied(self, found: int) -> None:
        """Raise SourceError if the ids have restarted: no new row would be found."""
        if found < self._last:
            raise SourceError(
                f"{self.name} ends with id {found}, but the rows up to id {self._last} were sent: it was emptied or "
                "recreated. Run ./start-streaming.sh --restart to send its rows from the first one on"
            )

    def _message(self, row: TableRow) -> Message | RejectedRecord:
        fields = orjson.dumps(row._asdict())
        if row.station_id is None or row.date is None or row.degrees is None:
            self.counts["rejected"] += 1
            return RejectedRecord("station_id, date or degrees is missing", fields, f"{self.name}, id {row.id}")
        day = row.date.isoformat()
        value = {"date": day, "degrees": row.degrees, "station_id": row.station_id}
        return Message(row.station_id.encode(), day, orjson.dumps(value), offset=row.id)
