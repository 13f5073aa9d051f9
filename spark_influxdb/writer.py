"""Writes Arrow batches: the engine of all ways in."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from spark_influxdb.connection import Connection
from spark_influxdb.errors import OptionError, RefusedLine
from spark_influxdb.line_protocol import lines
from spark_influxdb.points import FAIL, Points
from spark_influxdb.write_api import Chunk, WriteApi

DROP = "drop"
KINDS = ("field type conflict", "outside retention policy", "unable to parse")


@dataclass(frozen=True)
class Refusal:
    """A row that is not in the store: why, and its line if it has one, else its values."""

    reason: str
    line: str = ""
    row: Mapping[str, Any] = field(default_factory=dict)


OnRefused = Callable[[list[Refusal]], None]
"""Called by the worker with the refused rows of a request, before the task goes on."""


@dataclass(frozen=True)
class WriteOptions:
    """Where and how to write.

    `on_refused` says what happens to a row that is no valid point or that InfluxDB refuses: "fail" the task, "drop" it
    and count it, or a function, which a text names as "module:function".
    """

    connection: Connection
    points: Points
    batch_lines: int = 10_000
    gzip: bool = False
    on_refused: str | OnRefused = FAIL

    def __post_init__(self) -> None:
        if self.batch_lines < 1:
            raise OptionError(f"batch_lines {self.batch_lines} is not a positive number")
        if isinstance(self.on_refused, str) and self.on_refused not in (FAIL, DROP):
            _function(self.on_refused)


@dataclass
class Written:
    """The result of a write: points written, rows without a field, refused rows by kind, and the requests for them."""

    points: int = 0
    skipped: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    retries: int = 0
    bytes: int = 0

    def add(self, other: Written) -> None:
        """Add what another writer has written."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


def together(parts: Iterable[Written]) -> Written:
    """The sum of what several writers have written."""
    total = Written()
    for part in parts:
        total.add(part)
    return total


class Chunks:
    """Record batches → chunks of at most `batch_lines` lines, each the body of a request. Call `rest` at the end.

    Rows that are no valid points are refused here.
    """

    def __init__(self, options: WriteOptions) -> None:
        self._options = options
        self._waiting: list[pa.StringArray] = []
        self.written = Written()

    def of(self, batch: pa.RecordBatch) -> Iterator[Chunk]:
        """The chunks that are complete with this batch. Raise OptionError if its columns do not fit."""
        made = lines(batch, self._options.points)
        self.written.skipped += len(batch) - len(made.text)
        if made.problems is not None:
            bad = pc.indices_nonzero(made.problems.is_valid())
            self.written.skipped -= len(bad)
            reasons, rows = made.problems.take(bad).to_pylist(), batch.take(bad).to_pylist()
            found = [Refusal(reason, row=row) for reason, row in zip(reasons, rows, strict=True)]
            refuse(found, self._options, self.written)
        self._waiting.append(made.text)
        number = sum(map(len, self._waiting))
        if number >= self._options.batch_lines:
            yield from self._joined(number - number % self._options.batch_lines)

    def each(self, batches: Iterable[pa.RecordBatch]) -> Iterator[Chunk]:
        """All chunks of these batches."""
        for batch in batches:
            yield from self.of(batch)
        yield from self.rest()

    def rest(self) -> Iterator[Chunk]:
        """The last chunk, if there are lines left."""
        yield from self._joined(sum(map(len, self._waiting)))

    def _joined(self, end: int) -> Iterator[Chunk]:
        if not end:
            return
        texts = self._waiting[0] if len(self._waiting) == 1 else pa.concat_arrays(self._waiting)
        self._waiting = [texts.slice(end)]
        for start in range(0, end, self._options.batch_lines):
            yield chunk_of(texts.slice(start, min(self._options.batch_lines, end - start)))


def chunk_of(texts: pa.StringArray) -> Chunk:
    """The lines as one request."""
    whole = pa.ListArray.from_arrays(pa.array([0, len(texts)], pa.int32()), texts)
    body = pc.binary_join(whole, "\n")[0].as_buffer().to_pybytes()
    lengths = pc.binary_length(texts).cast(pa.int32())
    each = lengths.buffers()[1].slice(4 * lengths.offset, 4 * len(lengths))
    return Chunk(body, each.to_pybytes())


class ChunkWriter:
    """Writes chunks. `written` is what was written."""

    def __init__(self, options: WriteOptions) -> None:
        self._options = options
        self._api = WriteApi(options.connection, options.points.precision, options.gzip)
        self._written = Written()

    def write(self, chunk: Chunk) -> None:
        """Write a chunk. Raise RefusedLine if a line is refused and that is to fail, Unavailable after all retries."""
        refused = self._api.write(chunk)
        self._written.points += len(chunk) - len(refused)
        if refused:
            each = chunk.lines()
            rows = [Refusal(f"InfluxDB: {words}", each[at].decode()) for at, words in refused]
            refuse(rows, self._options, self._written)

    @property
    def written(self) -> Written:
        """What was written so far."""
        api = self._api
        self._written.requests, self._written.retries, self._written.bytes = api.requests, api.retries, api.bytes
        return self._written


def write_batches(batches: Iterable[pa.RecordBatch], options: WriteOptions) -> Written:
    """Write record batches, in one process. The errors are those of `Chunks` and `ChunkWriter`."""
    chunks, writer = Chunks(options), ChunkWriter(options)
    for chunk in chunks.each(batches):
        writer.write(chunk)
    chunks.written.add(writer.written)
    return chunks.written


def write_rows(rows: Iterable[Mapping[str, Any]], options: WriteOptions) -> Written:
    """Write rows of this process. A column has one type in all rows. A time is a date or has a time zone."""
    found = [dict(row) for row in rows]
    return write_batches([pa.RecordBatch.from_pylist(found)] if found else [], options)


def refuse(rows: list[Refusal], options: WriteOptions, written: Written) -> None:
    """Do with refused rows what `on_refused` says, and count them."""
    what = options.on_refused
    if what == FAIL:
        raise RefusedLine(f"{rows[0].reason}: {rows[0].line or dict(rows[0].row)}")
    written.refused.update(kind(one.reason) for one in rows)
    if what != DROP:
        (_function(what) if isinstance(what, str) else what)(rows)


def kind(reason: str) -> str:
    """The kind under which a refusal is counted, because InfluxDB's messages differ by line and time."""
    if not reason.startswith("InfluxDB: "):
        return reason
    return f"InfluxDB: {next((words for words in KINDS if words in reason), 'refused')}"


def _function(name: str) -> OnRefused:
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as error:
        raise OptionError(
            f"on_refused {name!r} is neither {FAIL} nor {DROP} nor a function as module:function: {error}"
        ) from None
    if not callable(found):
        raise OptionError(f"on_refused {name!r} is no function")
    return found  # type: ignore[no-any-return]
