"""The SQL source: polls table `temperatures` for rows with an id above the last one, and for late rows below it.

Delivery promise: a row is sent after its transaction is committed, in the order of the ids; the newest id is the
offset. A row that is committed after rows with higher ids is sent late, if that is within SQL_LATE_SECONDS. After
that its id counts as rolled back.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import orjson

from datastream.message import Item, Message, Pause
from datastream.sources.backoff import Backoff
from datastream.sources.sql import table as sql_table
from datastream.sources.sql.gaps import MOST, Gaps
from datastream.sources.sql.table import TableRow
from weather import settings
from weather.errors import RejectedRecord, SourceError, Unavailable
from weather.logs import facts
from weather.topics import LATE

log = logging.getLogger(__name__)

POLL_EVERY = 0.2
SEARCH_EVERY = 1.0
"""Seconds from one search for late rows to the next."""
MAX_ROWS_PER_POLL = 1000


class TemperaturesTable:
    """Endless: waits for new rows. While the database is unavailable, it retries a limited number of times.

    The gaps between the ids are stored in `folder`. `counts` has `late` rows and ids that were `rolled_back`.
    """

    def __init__(self, database: settings.Database, folder: Path) -> None:
        self.counts: Counter[str] = Counter()
        self.following = None
        self.total: int | None = None
        self.name = f"table {database.name}.{sql_table.TEMPERATURES.name}"
        self.fingerprint = self.earlier_fingerprint = f"{database.host}:{database.port} {self.name}"
        self._database = database
        self._last = 0
        self._gaps = Gaps(folder / "gaps.json", database.late_seconds)
        self._next_search = 0.0
        self._backoff = Backoff()

    def refresh(self) -> None:
        """Nothing to do: every poll queries the table."""

    def messages(self, skip: int = 0, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Item]:
        self._last = skip
        self._gaps.load(skip)
        self._next_search = 0.0
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
                yield from self._late_rows(partial(sql_table.rows_between, connection, self._database))
                rows = sql_table.rows_after(connection, self._database, self._last, MAX_ROWS_PER_POLL)
                self._backoff.worked()
                self._note_gaps([row.id for row in rows])
                for row in rows:
                    self._last = row.id
                    yield self._message(row)
                if not rows:
                    self._check_not_emptied(sql_table.last_id(connection, self._database))
                    yield Pause(POLL_EVERY)
                    if not cancelled():  # all rows so far are confirmed
                        self._gaps.save()

    def _note_gaps(self, ids: list[int]) -> None:
        """Store the gaps between new rows before the first of these rows is sent."""
        if given_up := self._gaps.note(self._last, ids):
            self.counts["rolled_back"] += given_up
            log.warning(facts("gaps_given_up", ids=given_up, reason=f"more than {MOST} gaps between the ids are open"))

    def _late_rows(self, rows_between: Callable[[list[tuple[int, int]], int], list[TableRow]]) -> Iterator[Item]:
        """The rows that have appeared in the gaps. They do not move the offset."""
        ranges = self._gaps.ranges()
        if not ranges or time.monotonic() < self._next_search:
            return
        looked_at = self._gaps.now()
        for row in rows_between(ranges, MAX_ROWS_PER_POLL):
            self.counts["late"] += 1
            self._gaps.fill(row.id)
            yield self._message(row, headers=((LATE, b"1"),))
        if given_up := self._gaps.close_old(looked_at):
            self.counts["rolled_back"] += given_up
            log.info(facts("ids_rolled_back", ids=given_up, waited=self._database.late_seconds))
        self._next_search = time.monotonic() + SEARCH_EVERY

    def _check_not_emptied(self, found: int) -> None:
        """Raise SourceError if the ids have restarted: no new row would be found."""
        if found < self._last:
            raise SourceError(
                f"{self.name} ends with id {found}, but the rows up to id {self._last} were sent: it was emptied or "
                "recreated. Run ./start-streaming.sh --restart to send its rows from the first one on"
            )

    def _message(self, row: TableRow, headers: tuple[tuple[str, bytes], ...] = ()) -> Message | RejectedRecord:
        fields = orjson.dumps(row._asdict())
        if row.station_id is None or row.date is None or row.degrees is None:
            self.counts["rejected"] += 1
            return RejectedRecord("station_id, date or degrees is missing", fields, f"{self.name}, id {row.id}")
        day = row.date.isoformat()
        value = {"date": day, "degrees": row.degrees, "station_id": row.station_id}
        return Message(row.station_id.encode(), day, orjson.dumps(value), offset=self._last, headers=headers)
