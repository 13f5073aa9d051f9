"""Kafka records → chunks of line protocol, and rejected records: `mapInArrow`, in Spark's Python workers.

A chunk is one row for the ForeachWriter and one request to InfluxDB. It contains the offsets of its lines, to find the
record of a refused line, and Kafka's timestamps of them, to compute the latency. A rejected record is passed on by its
offset. It is read again from Kafka, which costs less than to pass on the key of every record for the few that are
rejected.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

import pyarrow as pa
import pyarrow.compute as pc

from spark_app.influxdb.deletions import encoded
from spark_app.influxdb.layout import METEO, Layout
from spark_app.readings import corrections, parse
from spark_influxdb import line_protocol

RECORD = ["value", "partition", "offset", "sent_ms"]
"""The columns of a Kafka record that are read; `sent_ms` is Kafka's timestamp in milliseconds since 1970."""

CHUNK = "partition int, lines binary, offsets binary, sent_ms binary, reason string, deletions binary"
"""A chunk of one partition (`lines`), its records that are rejected for one `reason`, or the points to delete before
the next chunk (`deletions`, encoded by `influxdb.deletions`), as Spark spells the types.

`offsets` and `sent_ms` contain a little-endian 64-bit integer for each line or record.
"""

_SCHEMA = pa.schema(
    [
        ("partition", pa.int32()), ("lines", pa.binary()), ("offsets", pa.binary()), ("sent_ms", pa.binary()),
        ("reason", pa.string()), ("deletions", pa.binary()),
    ]
)  # fmt: skip


def to_chunks(max_lines: int, layout: Layout = METEO) -> Callable[[Iterable[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """The function for `mapInArrow`: batches of RECORD in, of CHUNK out, with at most `max_lines` lines per chunk."""

    def chunks(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            partitions = pc.unique(batch["partition"]).to_pylist()
            for partition in partitions:
                records = batch if len(partitions) == 1 else batch.filter(pc.equal(batch["partition"], partition))
                parsed = parse.parse(records["value"], layout)
                readings = parsed.valid()
                kept = records if readings is parsed else records.filter(parsed.reasons.is_null())
                if deletions := corrections.to_delete(readings):
                    yield _rows(1, partition=[partition], deletions=[encoded(deletions)])
                    newest = corrections.to_write(readings)
                    kept, readings = kept.filter(newest), readings.only(newest)
                yield from _written(kept, readings, partition, max_lines)
                yield from _rejected(records, parsed, partition)

    return chunks


def _written(
    records: pa.RecordBatch, readings: parse.Readings, partition: int, max_lines: int
) -> Iterator[pa.RecordBatch]:
    lines = line_protocol.lines(readings.columns(), readings.layout.points).text
    starts = range(0, len(lines), max_lines)
    if not starts:
        return
    together = pa.ListArray.from_arrays(pa.array([*starts, len(lines)], pa.int32()), lines)
    yield _rows(
        len(starts),
        partition=[partition] * len(starts),
        lines=pc.binary_join(together, "\n").cast(pa.binary()),
        offsets=[_packed(records["offset"].slice(start, max_lines)) for start in starts],
        sent_ms=[_packed(records["sent_ms"].slice(start, max_lines)) for start in starts],
    )


def _rejected(records: pa.RecordBatch, parsed: parse.Readings, partition: int) -> Iterator[pa.RecordBatch]:
    reasons = pc.unique(parsed.reasons.drop_null())
    if not len(reasons):
        return
    bad = [records.filter(pc.fill_null(pc.equal(parsed.reasons, reason), False)) for reason in reasons]
    yield _rows(
        len(reasons),
        partition=[partition] * len(reasons),
        offsets=[_packed(its["offset"]) for its in bad],
        sent_ms=[_packed(its["sent_ms"]) for its in bad],
        reason=reasons,
    )


def _packed(numbers: pa.Int64Array) -> bytes:
    return bytes(numbers.to_numpy().tobytes())


def _rows(number: int, **columns: object) -> pa.RecordBatch:
    """Rows of CHUNK. Columns that are not given are null."""
    arrays = [
        pa.array(columns[field.name], field.type) if field.name in columns else pa.nulls(number, field.type)
        for field in _SCHEMA
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=_SCHEMA)
