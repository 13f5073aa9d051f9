"""Reads measurements, in slices of time that are read in parallel, or the result of a Flux query."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
from pyspark.sql import datasource, types
from pyspark.sql.types import StructType

from spark_influxdb.connection import Connection
from spark_influxdb.errors import OptionError
from spark_influxdb.query_api import batches

TIME = "time"
SPARK_TYPES: dict[pa.DataType, types.DataType] = {
    pa.string(): types.StringType(),
    pa.float64(): types.DoubleType(),
    pa.int64(): types.LongType(),
    pa.decimal128(20, 0): types.DecimalType(20, 0),
    pa.bool_(): types.BooleanType(),
    pa.timestamp("ns", "UTC"): types.TimestampType(),
}
ARROW_TYPES = {spark: arrow for arrow, spark in SPARK_TYPES.items()} | {
    types.TimestampType(): pa.timestamp("us", "UTC")
}
NANOSECONDS = 10**9


@dataclass(frozen=True)
class ReadOptions:
    """What to read: a measurement in a range of time, with all fields or some, or a Flux query."""

    connection: Connection
    measurement: str = ""
    fields: tuple[str, ...] = ()
    start: datetime | None = None
    stop: datetime | None = None
    partitions: int = 4
    query: str = ""

    def __post_init__(self) -> None:
        if bool(self.measurement) == bool(self.query):
            raise OptionError("give either a `measurement` with a `start`, or a `query`")
        if self.measurement and self.start is None:
            raise OptionError("option 'start' is required: InfluxDB reads no measurement without a range of time")
        if self.query and (self.fields or self.start or self.stop):
            raise OptionError("`fields`, `start` and `stop` belong to a `measurement`, not to a `query`")

    def range(self) -> tuple[int, int]:
        """The range of time in nanoseconds since 1970, without its end; empty for a query."""
        stop = self.stop or datetime.now(UTC)
        return _nanoseconds(self.start or stop), _nanoseconds(stop)


@dataclass
class Slice(datasource.InputPartition):
    """A range of time in nanoseconds since 1970, without its end."""

    start: int
    stop: int


@dataclass
class Conditions:
    """What is pushed down: a range of time, and the values that tags may have."""

    start: int
    stop: int
    tags: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)


class Reader(datasource.DataSourceReader):
    """Reads with one query per slice."""

    def __init__(self, options: ReadOptions, schema: StructType) -> None:
        self._options = options
        self._schema = schema
        self._asked = Conditions(*options.range())

    def pushFilters(self, filters: list[datasource.Filter]) -> Iterable[datasource.Filter]:
        """Use filters on time and on tags for the queries. Spark evaluates all of them again, which costs little."""
        for one in filters:
            self._push(one)
            yield one

    def _push(self, one: datasource.Filter) -> None:
        name, asked = one.attribute[0] if hasattr(one, "attribute") else "", self._asked
        if name == TIME and isinstance(getattr(one, "value", None), datetime) and one.value.tzinfo is not None:
            moment = _nanoseconds(one.value)
            if isinstance(one, datasource.GreaterThan | datasource.GreaterThanOrEqual | datasource.EqualTo):
                asked.start = max(asked.start, moment)
            if isinstance(one, datasource.LessThan | datasource.LessThanOrEqual | datasource.EqualTo):
                asked.stop = min(asked.stop, moment + 1000)  # a microsecond, which is the precision of Spark
        elif self._is_tag(name) and isinstance(one, datasource.EqualTo):
            asked.tags.append((name, (one.value,)))
        elif self._is_tag(name) and isinstance(one, datasource.In):
            asked.tags.append((name, tuple(one.value)))

    def _is_tag(self, name: str) -> bool:
        metadata = {column.name: column.metadata for column in self._schema.fields}
        return bool(metadata.get(name, {}).get("tag"))

    def partitions(self) -> Sequence[datasource.InputPartition]:
        """Slices of equal length, which tasks read in parallel; one for a query."""
        if self._options.query:
            return [Slice(0, 0)]
        first, last = self._asked.start, max(self._asked.start, self._asked.stop)
        number = min(self._options.partitions, last - first) or 1
        bounds = [first + (last - first) * at // number for at in range(number + 1)]
        return [Slice(start, stop) for start, stop in itertools.pairwise(bounds)]

    def read(self, partition: Any) -> Iterator[pa.RecordBatch]:
        """The rows of a slice."""
        flux = self._options.query or self._flux(partition)
        if not self._options.query and partition.start >= partition.stop:
            return
        for batch in batches(self._options.connection, flux):
            yield fitted(batch, self._schema)

    def _flux(self, one: Slice) -> str:
        columns = [column.name for column in self._schema.fields]
        fields = [name for name in self._options.fields if name in columns]
        return measurement_flux(self._options, one.start, one.stop, self._asked.tags, fields) + (
            ' |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
        )


def measurement_flux(
    options: ReadOptions, start: int, stop: int, tags: Iterable[tuple[str, tuple[str, ...]]], fields: Iterable[str]
) -> str:
    """The query for the points of a measurement in a range of nanoseconds."""
    flux = (
        f"from(bucket: {quoted(options.connection.bucket)}) |> range(start: time(v: {start}), stop: time(v: {stop})) "
        f"|> filter(fn: (r) => r._measurement == {quoted(options.measurement)})"
    )
    for name, values in (*tags, *([("_field", tuple(fields))] if fields else [])):
        any_of = " or ".join(f"r[{quoted(name)}] == {quoted(value)}" for value in values)
        flux += f" |> filter(fn: (r) => {any_of or 'false'})"
    return flux


def schema(options: ReadOptions) -> StructType:
    """The columns of the measurement in the range of time, or of the query: they are asked from InfluxDB.

    The time, the tags as strings, and the fields with their types, each sorted by name. A tag has the metadata `tag`.
    """
    if options.query:
        return _of_first_tables(batches(options.connection, options.query))
    flux = measurement_flux(options, *options.range(), (), options.fields) + " |> first()"
    tags, fields = set[str](), dict[str, types.DataType]()
    for batch in batches(options.connection, flux):
        tags |= {name for name in batch.schema.names if not name.startswith("_")}
        for name in batch["_field"].unique().to_pylist():
            fields[name] = SPARK_TYPES[batch.schema.field("_value").type]
    if not fields:
        raise OptionError(f"measurement {options.measurement!r} has no points in this range of time")
    found = StructType().add(TIME, types.TimestampType())
    for name in sorted(tags):
        found = found.add(name, types.StringType(), True, {"tag": True})
    for name, kind in sorted(fields.items()):
        found = found.add(name, kind)
    return found


def _of_first_tables(found: Iterator[pa.RecordBatch]) -> StructType:
    columns = next((batch.schema for batch in found), None)
    if columns is None:
        raise OptionError("the query returns no rows, so its columns are unknown: give a schema, .schema(…)")
    made = StructType()
    for column in columns:
        made = made.add(TIME if column.name == "_time" else column.name, SPARK_TYPES[column.type])
    return made


def fitted(batch: pa.RecordBatch, wanted: StructType) -> pa.RecordBatch:
    """The batch with exactly the wanted columns: nulls for those that it lacks."""
    arrays = []
    for column in wanted.fields:
        kind = ARROW_TYPES[column.dataType]
        name = "_time" if column.name == TIME and "_time" in batch.schema.names else column.name
        if name not in batch.schema.names:
            arrays.append(pa.nulls(len(batch), kind))
        else:
            arrays.append(batch[name].cast(kind, safe=False))
    return pa.RecordBatch.from_arrays(arrays, [column.name for column in wanted.fields])


def quoted(text: str) -> str:
    """A text as a literal of Flux."""
    return json.dumps(text, ensure_ascii=False).replace("${", "\\${")


def _nanoseconds(moment: datetime) -> int:
    seconds = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (seconds.days * 86_400 + seconds.seconds) * NANOSECONDS + seconds.microseconds * 1000
