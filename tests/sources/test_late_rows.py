"""Rows of a table that commit out of order: concurrent transactions, rollbacks and kills, with a real MariaDB."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
from sqlalchemy import Connection, insert

from datastream.sources.sql import table as sql_table
from datastream.sources.sql.generator import Row
from testing.environment import eventually
from tests.sources.database_server import DatabaseServer
from tests.sources.streams import OpenStream, Stream
from tests.sources.table_rows import as_sent, first_rows, reports

QUICK = {"SQL_LATE_SECONDS": "2"}


class Transaction:
    """A writer with an open transaction in which it has inserted rows."""

    def __init__(self, connection: Connection, *rows: Row) -> None:
        self._connection = connection
        for row in rows:
            connection.execute(insert(sql_table.TEMPERATURES).values(**row._asdict()))

    def commit(self) -> None:
        self._connection.commit()

    def roll_back(self) -> None:
        self._connection.rollback()


@pytest.fixture
def begin(database: DatabaseServer) -> Iterator[Begin]:
    """Begins a transaction with these rows on a connection of its own."""
    with ExitStack() as held:
        yield Begin(database, held)


class Begin:
    def __init__(self, database: DatabaseServer, held: ExitStack) -> None:
        self._database, self._held = database, held

    def __call__(self, *rows: Row) -> Transaction:
        return Transaction(self._held.enter_context(self._database.connection()), *rows)


@contextmanager
def streaming(stream: Stream) -> Iterator[None]:
    stream.streamer.start()
    yield
    stream.streamer.stop()


def figure(stream: Stream, name: str) -> int:
    return int(str(stream.streamer.status()[name]))


def test_a_row_that_commits_after_rows_with_higher_ids_is_sent(
    database: DatabaseServer, open_stream: OpenStream, begin: Begin
) -> None:
    first, second, third = first_rows(3)
    slow, quick = begin(first), begin(second)
    quick.commit()
    stream = open_stream("sql", database.variables)
    with streaming(stream):
        stream.wait_for(1)
        assert reports(stream) == as_sent(2)[1:]
        slow.commit()
        stream.wait_for(2)
        begin(third).commit()
        stream.wait_for(3)
    assert Counter(reports(stream)) == Counter(as_sent(3))
    assert (figure(stream, "rows_late"), figure(stream, "position")) == (1, 3)


def test_a_rolled_back_id_is_counted_after_its_time_and_no_row_is_missed(
    database: DatabaseServer, open_stream: OpenStream, begin: Begin
) -> None:
    rows = first_rows(5)
    database.add(rows[0])
    begin(rows[1]).roll_back()
    late = begin(rows[2])
    database.add(*rows[3:])
    stream = open_stream("sql", database.variables, **QUICK)
    with streaming(stream):
        stream.wait_for(3)
        late.commit()
        stream.wait_for(4)
        eventually(lambda: figure(stream, "rows_rolled_back") == 1, "the rolled back id is counted")
    assert Counter(reports(stream)) == Counter(as_sent(1) + as_sent(5)[2:])


def test_a_row_that_commits_after_its_time_is_counted_as_rolled_back(
    database: DatabaseServer, open_stream: OpenStream, begin: Begin
) -> None:
    rows = first_rows(3)
    database.add(rows[0])
    slow = begin(rows[1])
    database.add(rows[2])
    stream = open_stream("sql", database.variables, **QUICK)
    with streaming(stream):
        eventually(lambda: figure(stream, "rows_rolled_back") == 1, "its time is over")
        slow.commit()
        database.add(first_rows(4)[3])
        stream.wait_for(3)
    assert Counter(reports(stream)) == Counter(as_sent(4)) - Counter(as_sent(2)[1:])


def test_a_streamer_that_is_stopped_remembers_the_gaps(
    database: DatabaseServer, open_stream: OpenStream, begin: Begin
) -> None:
    rows = first_rows(3)
    slow = begin(rows[0])
    database.add(*rows[1:])
    stream = open_stream("sql", database.variables)
    stream.send(2)
    slow.commit()
    later = open_stream("sql", database.variables)
    with streaming(later):
        later.wait_for(1)
    assert figure(later, "position") == 3
    assert reports(later) == as_sent(1)


@pytest.mark.parametrize("seed", [1, 2])
def test_of_many_writers_at_once_each_committed_row_is_sent(
    database: DatabaseServer, open_stream: OpenStream, begin: Begin, seed: int
) -> None:
    """Transactions of several rows end in a random order; a third of them is rolled back; it streams all the while."""
    chance = random.Random(seed)
    rows = iter(first_rows(300))
    stream = open_stream("sql", database.variables)
    committed: Counter[tuple[str, str, float]] = Counter()
    pending: list[tuple[Transaction, list[Row]]] = []
    with streaming(stream):
        for _ in range(40):
            of_one = [next(rows) for _ in range(chance.randint(1, 5))]
            pending.append((begin(*of_one), of_one))
            while len(pending) > 4:
                transaction, of_one = pending.pop(chance.randrange(len(pending)))
                if chance.random() < 1 / 3:
                    transaction.roll_back()
                else:
                    transaction.commit()
                    committed.update((row.station_id, row.date.isoformat(), row.degrees) for row in of_one)
        for transaction, of_one in pending:
            transaction.commit()
            committed.update((row.station_id, row.date.isoformat(), row.degrees) for row in of_one)
        stream.wait_for(committed.total())
    assert Counter(reports(stream)) == committed
    assert figure(stream, "rows_late") > 0
