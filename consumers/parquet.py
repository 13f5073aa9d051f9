"""`python -m consumers.parquet N`: archives the rows of topic `temperatures` as Parquet files, one file per batch.

Delivery promise: each message is archived exactly once, and a row that the producer sent twice is archived once, also
one that the database committed late. The checkpoint `partition-N.json`, {"batch_id": M, "offset": n}, commits the
batches 0 to M: readers read only these.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from consumers.exactly_once import checkpoint, program
from consumers.files.archive import Archive, archive_at
from consumers.kafka.received import Received, Refused
from consumers.kafka.reports import table_row
from weather import files, settings
from weather.errors import RejectedRecord, SetupError
from weather.logs import facts
from weather.topics import LATE, TEMPERATURES

PROGRAM = "parquet"
log = logging.getLogger(PROGRAM)

SCHEMA = pa.schema([("station_id", pa.string()), ("date", pa.string()), ("degrees", pa.float64())])
LAST_DAYS = b"last_days"
"""Metadata of each file: station → its last day in the batches up to this one. It identifies repeated rows."""
LATE_DAYS = b"late_days"
"""Metadata of each file: station and day of the last late rows. A late row is one of an earlier day, so that the last
days do not tell whether it is repeated."""
MOST_LATE_DAYS = 1000


@dataclass(frozen=True)
class BatchPolicy:
    """A batch is committed when it holds `rows` messages, or when its first message has waited `seconds` seconds."""

    rows: int = 1
    seconds: float = 60.0


class BatchFiles:
    """The Parquet files of one partition and the checkpoint that commits them.

    A commit, in this order: 1. the batch's file is moved into place, 2. the checkpoint is replaced. A crash before
    the end of 2 leaves an uncommitted file, which no reader reads. The next run reads the same messages again, perhaps
    in a batch of another size, and replaces it.
    """

    def __init__(
        self,
        folder: Path,
        partition: int,
        archive: Archive,
        wanted: BatchPolicy | None = None,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = checkpoint.partition_file(folder, partition)
        self.partition = partition
        self.offset, self._batch = 0, -1
        self._archive = archive
        self._wanted = wanted or BatchPolicy()
        self._now = now
        self._last_days: dict[str, str] = {}
        self._late_days: list[tuple[str, str]] = []
        if (document := checkpoint.load(self.path)) is not None:
            self._restore(document)
        if archive.holds(partition, self._batch + 2):
            raise SetupError(
                f"{archive.path(partition, self._batch + 2)} exists, but {self.path} commits no batch after "
                f"{self._batch}: this archive was written with other checkpoints. Restore those, or choose "
                "another ARCHIVE_URI, or delete the archive's files of this partition"
            )
        self._begin()

    @property
    def is_pending(self) -> bool:
        """Whether messages were taken that the checkpoint does not cover yet."""
        return self._pending > 0

    def is_due(self) -> bool:
        """Whether the batch is large enough, or its first message has waited long enough."""
        waited = self._now() - self._since
        return self.is_pending and (self._pending >= self._wanted.rows or waited >= self._wanted.seconds)

    def take(self, messages: Sequence[Received]) -> list[Refused]:
        """Take the rows of these messages into memory. Return the messages that cannot be decoded."""
        refused: list[Refused] = []
        if not self.is_pending:
            self._since = self._now()
        for message in messages:
            try:
                (station,), day, degrees = table_row(message.value)
            except RejectedRecord as error:
                refused.append(Refused(message, error.reason))
                continue
            if self._is_repeated(station, day, is_late=any(name == LATE for name, _ in message.headers)):
                self._repeated += 1
            else:
                self._rows.append((station, day, degrees))
        self.offset = messages[-1].offset + 1
        self._pending += len(messages)
        return refused

    def commit(self) -> None:
        """Archive the rows in memory as one batch, then commit it in the checkpoint."""
        self._batch += 1
        self._archive.write(self.partition, self._batch, self._table())
        files.replace(self.path, checkpoint.render({"batch_id": self._batch, "offset": self.offset}), durable=True)
        log.info(
            facts(
                "archived", partition=self.partition, batch=self._batch, offset=self.offset, rows=len(self._rows),
                repeated=self._repeated,
            )
        )  # fmt: skip
        self._begin()

    def _is_repeated(self, station: str, day: str, is_late: bool) -> bool:
        """Whether a row was taken before. If not, remember it."""
        is_newest = day > self._last_days.get(station, "")
        if not is_newest and (not is_late or (station, day) in self._late_days):
            return True
        if is_newest:
            self._last_days[station] = day
        if is_late:
            self._late_days = [*self._late_days, (station, day)][-MOST_LATE_DAYS:]
        return False

    def _begin(self) -> None:
        self._rows: list[tuple[str, str, float]] = []
        self._pending = self._repeated = 0
        self._since = 0.0

    def _table(self) -> pa.Table:
        columns = list(zip(*self._rows, strict=True)) or [(), (), ()]
        notes = {LAST_DAYS: json.dumps(self._last_days, sort_keys=True).encode()}
        notes[LATE_DAYS] = json.dumps(self._late_days).encode()
        return pa.table([pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)],
                        schema=SCHEMA.with_metadata(notes))  # fmt: skip

    def _restore(self, document: dict[str, Any]) -> None:
        if set(document) != {"batch_id", "offset"}:
            raise checkpoint.invalid(self.path, f"its keys are {sorted(document)}, not batch_id and offset")
        self._batch = checkpoint.whole_number(document, "batch_id", self.path, least=-1)
        self.offset = checkpoint.whole_number(document, "offset", self.path)
        if self._batch >= 0:
            notes = self._archive.notes(self.partition, self._batch)
            if LAST_DAYS not in notes:
                raise SetupError(f"{self._archive.path(self.partition, self._batch)} was written by another program")
            self._last_days = json.loads(notes[LAST_DAYS])
            self._late_days = [(station, day) for station, day in json.loads(notes.get(LATE_DAYS, b"[]"))]


def main(arguments: list[str]) -> int:
    """Archive until SIGTERM or for `--iterations` polls. Return 1 if it cannot continue."""
    parser = program.parser(PROGRAM, TEMPERATURES, "Archive the rows of the SQL source as Parquet files.")
    parser.add_argument("--archive", metavar="URI", help="default: ARCHIVE_URI; if that is empty, --out")
    parser.add_argument("--min-rows", type=int, default=1, help="messages per batch; default: those of one poll")
    parser.add_argument("--max-wait", type=float, default=60.0, help="seconds to wait for --min-rows; default: 60")
    given = parser.parse_args(arguments)
    return program.run(PROGRAM, given, lambda task: keep_rows(task, given))


def keep_rows(task: program.Task, given: argparse.Namespace) -> None:
    """Consume the partitions into the archive."""
    archive = archive_at(
        given.archive or settings.Consumers.load(settings.Variables()).archive or str(task.options.out)
    )
    wanted = BatchPolicy(given.min_rows, given.max_wait)
    program.consume(task, task.partitions, lambda number: BatchFiles(task.options.out, number, archive, wanted))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
