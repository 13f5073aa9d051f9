"""Write a DataFrame: at once, in `foreachBatch`, or prepared for the ForeachWriter."""

from __future__ import annotations

import logging
import pickle
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, Row

from spark_influxdb.options import write_options
from spark_influxdb.writer import Chunks, WriteOptions, Written, together, write_batches

log = logging.getLogger("spark_influxdb")

PREPARED = ("line_protocol", "line_lengths")
"""The columns of prepared rows: the body of a request, and the bytes of each of its lines."""
_PREPARED_SCHEMA = pa.schema([(name, pa.binary()) for name in PREPARED])
_WRITTEN_SCHEMA = pa.schema([("written", pa.binary())])


def write(rows: DataFrame, options: WriteOptions | Mapping[str, str]) -> Written:
    """Write each row as a point, in the workers, and return what was written.

    Delivery promise: at least once. A task that fails is repeated by Spark, and points that are written twice are the
    same points, because measurement, tags and time identify a point. So the store has each point exactly once.
    """
    chosen = write_options(options)
    total = written_by(rows, lambda batches: write_batches(batches, chosen))
    tell(total)
    return total


def written_by(rows: DataFrame, task: Callable[[Iterable[pa.RecordBatch]], Written]) -> Written:
    """Let each task of Spark write its record batches with a function. Return the sum of what they have written."""

    def run(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        yield pa.RecordBatch.from_pydict({"written": [pickle.dumps(task(batches))]}, schema=_WRITTEN_SCHEMA)

    return together(pickle.loads(row.written) for row in rows.mapInArrow(run, "written binary").collect())


def batch_function(options: WriteOptions | Mapping[str, str]) -> Callable[[DataFrame, int], None]:
    """The function for `writeStream.foreachBatch(…)`: writes each micro-batch. Raise OptionError for wrong options."""
    chosen = write_options(options)

    def write_batch(rows: DataFrame, number: int) -> None:
        write(rows, chosen)

    return write_batch


def prepared(rows: DataFrame, options: WriteOptions | Mapping[str, str]) -> DataFrame:
    """The rows as rows of PREPARED, for `writeStream.foreach(InfluxDBWriter(options))`: faster than one by one."""
    chosen = write_options(options)

    def task(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        chunks = Chunks(chosen)
        for chunk in chunks.each(batches):
            yield _row(chunk.body, chunk.lengths)
        tell(chunks.written)

    return rows.mapInArrow(task, ", ".join(f"{name} binary" for name in PREPARED))


def _row(*values: bytes | None) -> pa.RecordBatch:
    return pa.RecordBatch.from_arrays([pa.array([value], pa.binary()) for value in values], schema=_PREPARED_SCHEMA)


def batch_of(rows: Sequence[Row]) -> pa.RecordBatch:
    """Rows that Spark has passed to Python one by one, as a record batch."""
    return pa.RecordBatch.from_pylist(
        [{name: _utc(value) for name, value in zip(row.__fields__, row, strict=True)} for row in rows]
    )


def _utc(value: Any) -> Any:
    """Spark passes a timestamp to Python as the machine's local time, without a time zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def tell(written: Written) -> None:
    """Log how many rows were refused, if there are any."""
    if written.refused:
        log.warning("%d rows were refused: %s", written.refused.total(), dict(written.refused))
