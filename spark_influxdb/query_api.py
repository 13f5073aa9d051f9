"""InfluxDB's query API: sends Flux, and reads the answer table by table in bounded memory.

Specification: InfluxDB v2, `POST /api/v2/query`, and "Annotated CSV": tables are separated by empty lines; the
annotation `#datatype` has the type of each column, and the next row their names.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc
import urllib3

from spark_influxdb.connection import Connection, message
from spark_influxdb.errors import InfluxDBError, Unavailable

ROWS = 10_000
"""Rows of a batch, at most."""
TYPES = {
    "string": pa.string(),
    "double": pa.float64(),
    "long": pa.int64(),
    "unsignedLong": pa.decimal128(20, 0),
    "boolean": pa.bool_(),
    "dateTime:RFC3339": pa.timestamp("ns", "UTC"),
    "dateTime:RFC3339Nano": pa.timestamp("ns", "UTC"),
}
"""Type of a column, as `#datatype` names it → Arrow type. Others are read as text."""
_OWN = 3
"""The first columns belong to the format: one for the annotations, then `result` and `table`."""


@dataclass
class Table:
    """The columns of a table: names and types."""

    names: list[str]
    types: list[pa.DataType]

    def batch(self, rows: list[list[str]]) -> pa.RecordBatch:
        """Rows of texts as typed columns. An empty text is null, because CSV does not distinguish the two."""
        columns = list(zip(*rows, strict=True)) if rows else [()] * len(self.names)
        chosen = {
            name: _typed(pa.array(texts, pa.string()), kind)
            for name, kind, texts in list(zip(self.names, self.types, columns, strict=True))[_OWN:]
        }
        return pa.RecordBatch.from_pydict(chosen)


def batches(connection: Connection, flux: str) -> Iterator[pa.RecordBatch]:
    """The rows of all tables that a query returns, in batches with the columns of their table.

    Raise AccessError if InfluxDB refuses the token, InfluxDBError if the query fails, Unavailable if it is away.
    """
    table, rows = None, list[list[str]]()
    for row in csv.reader(_lines(connection, flux)):
        if not row:  # the end of a table
            if table is not None and rows:
                yield table.batch(rows)
            table, rows = None, []
        elif row[0] == "#datatype":
            table, rows = Table([], [TYPES.get(kind, pa.string()) for kind in row]), []
        elif row[0].startswith("#"):
            continue
        elif table is not None and not table.names:
            table.names = row
            if row[1:3] == ["error", "reference"]:
                table.types = []
        elif table is None or not table.types:
            raise InfluxDBError(f"InfluxDB at {connection.url} fails in the middle of a query: {row[1]}")
        else:
            rows.append(row)
            if len(rows) == ROWS:
                yield table.batch(rows)
                rows = []
    if table is not None and rows:
        yield table.batch(rows)


def _lines(connection: Connection, flux: str) -> Iterator[str]:
    body = json.dumps({"query": flux, "type": "flux", "dialect": {"header": True, "annotations": ["datatype"]}})
    headers = connection.headers() | {"Content-Type": "application/json", "Accept": "application/csv"}
    answer = connection.post(connection.address("/api/v2/query"), body.encode(), headers, "answer the query", False)
    try:
        if answer.status == 400:
            raise InfluxDBError(f"InfluxDB at {connection.url} refuses the query: {message(answer.read())}")
        if answer.status != 200:
            raise connection.denied(answer.status, answer.read(), "the query")
        answer.auto_close = False
        yield from io.TextIOWrapper(answer, encoding="utf-8", newline="")
    except urllib3.exceptions.HTTPError as error:
        raise Unavailable(f"InfluxDB at {connection.url} does not complete its answer: {error}") from error
    finally:
        answer.close()


def _typed(texts: pa.StringArray, kind: pa.DataType) -> pa.Array:
    known = pc.if_else(pc.equal(texts, ""), None, texts)
    if kind != pa.string():
        return known.cast(kind)
    # InfluxDB drops each carriage return of a text and writes one before each line feed.
    return pc.replace_substring(known, "\r\n", "\n")
