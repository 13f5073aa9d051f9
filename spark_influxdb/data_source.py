"""`format("influxdb")`: a Python Data Source of Spark, for batches and streams.

Spark 4.1 and later pass whole Arrow batches of a stream to Python; Spark 4.0 passes rows, and pushes no filters down.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from pyspark.sql import Row, SparkSession, datasource, types
from pyspark.sql.types import StructType

from spark_influxdb import reader
from spark_influxdb.dataframes import batch_of, tell
from spark_influxdb.errors import OptionError
from spark_influxdb.options import read_options, write_options
from spark_influxdb.writer import WriteOptions, Written, together, write_batches

FORMAT = "influxdb"
ARROW_STREAMS = hasattr(datasource, "DataSourceStreamArrowWriter")
_StreamBase: Any = datasource.DataSourceStreamArrowWriter if ARROW_STREAMS else datasource.DataSourceStreamWriter


def register(spark: SparkSession) -> None:
    """Make `format("influxdb")` known to a session, and let Spark push filters down to Python data sources."""
    spark.conf.set("spark.sql.python.filterPushdown.enabled", "true")
    spark.dataSource.register(InfluxDBDataSource)


@dataclass
class Message(datasource.WriterCommitMessage):
    """What a task has written."""

    written: Written = field(default_factory=Written)


class InfluxDBDataSource(datasource.DataSource):
    """Measurements of InfluxDB as DataFrames."""

    @classmethod
    def name(cls) -> str:
        """The name for `format(…)`."""
        return FORMAT

    def __init__(self, options: MutableMapping[str, str]) -> None:
        super().__init__(options)
        self._given = dict(options)

    def schema(self) -> StructType:
        """The columns of a read: asked from InfluxDB."""
        return reader.schema(read_options(self._given))

    def reader(self, schema: StructType) -> reader.Reader:
        """The reader of `spark.read.format("influxdb")`. Raise OptionError for wrong options."""
        return reader.Reader(read_options(self._given), schema)

    def writer(self, schema: StructType, overwrite: bool) -> BatchWriter:
        """The writer of `df.write.format("influxdb")`. Raise OptionError for wrong options."""
        if overwrite:
            raise OptionError('use .mode("append"): a point replaces the one with the same measurement, tags and time')
        return BatchWriter(_checked(self._given, schema))

    def streamWriter(self, schema: StructType, overwrite: bool) -> StreamWriter:
        """The writer of `df.writeStream.format("influxdb")`. Raise OptionError for wrong options."""
        return StreamWriter(_checked(self._given, schema))


def _checked(given: dict[str, str], schema: StructType) -> WriteOptions:
    options = write_options(given)
    options.points.columns(pa.schema([(column.name, _arrow_type(column.dataType)) for column in schema.fields]))
    return options


def _arrow_type(kind: types.DataType) -> pa.DataType:
    """The Arrow type of a column, as far as `Points.columns` must know it."""
    known: dict[tuple[type[types.DataType], ...], pa.DataType] = {
        (types.StringType, types.CharType, types.VarcharType): pa.string(),
        (types.BooleanType,): pa.bool_(),
        (types.ByteType, types.ShortType, types.IntegerType, types.LongType): pa.int64(),
        (types.FloatType, types.DoubleType, types.DecimalType): pa.float64(),
        (types.TimestampType, types.TimestampNTZType): pa.timestamp("us"),
        (types.DateType,): pa.date32(),
        (types.NullType,): pa.null(),
    }
    return next((arrow for spark, arrow in known.items() if isinstance(kind, spark)), pa.binary())


class _Writer:
    """What both writers share."""

    def __init__(self, options: WriteOptions) -> None:
        self._options = options

    def write(self, iterator: Iterator[pa.RecordBatch]) -> Message:
        """Write the rows of a task."""
        return Message(write_batches(iterator, self._options))

    @staticmethod
    def _tell(messages: Iterable[Any]) -> None:
        tell(together(message.written for message in messages if message is not None))


class BatchWriter(_Writer, datasource.DataSourceArrowWriter):
    """Writes a DataFrame."""

    def commit(self, messages: list[Any]) -> None:
        """Log how many rows were refused."""
        self._tell(messages)


class StreamWriter(_Writer, _StreamBase):
    """Writes a micro-batch."""

    def write(self, iterator: Iterator[Any]) -> Message:
        """Write the record batches or, with Spark 4.0, the rows of a task."""
        return super().write(iterator if ARROW_STREAMS else self._batches(iterator))

    def _batches(self, rows: Iterator[Row]) -> Iterator[pa.RecordBatch]:
        while some := list(itertools.islice(rows, self._options.batch_lines)):
            yield batch_of(some)

    def commit(self, messages: list[Any], batchId: int) -> None:
        """Log how many rows were refused."""
        self._tell(messages)
