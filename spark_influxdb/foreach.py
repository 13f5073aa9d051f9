"""The ForeachWriter: `writeStream.foreach(InfluxDBWriter(options))`.

Spark calls it with one row at a time. It writes plain rows, and faster the rows of `prepared`, which have the lines of
many points.
"""

from __future__ import annotations

from collections.abc import Mapping

from pyspark.sql import Row

from spark_influxdb.dataframes import PREPARED, batch_of, tell
from spark_influxdb.options import write_options
from spark_influxdb.write_api import Chunk
from spark_influxdb.writer import Chunks, ChunkWriter, WriteOptions


class InfluxDBWriter:
    """Writes the rows of a partition of a micro-batch.

    Delivery promise: at least once. `process` and `close` raise an error if a request fails after all retries; the
    task then fails, and Spark repeats it. Points that are written twice are the same points.
    """

    def __init__(self, options: WriteOptions | Mapping[str, str]) -> None:
        self._options = write_options(options)

    def open(self, partition_id: int, epoch_id: int) -> bool:
        """Start a partition of a micro-batch."""
        self._chunks, self._writer = Chunks(self._options), ChunkWriter(self._options)
        self._rows: list[Row] = []
        return True

    def process(self, row: Row) -> None:
        """Write a prepared row, or take a plain one and write when there are enough for a request."""
        if tuple(row.__fields__) == PREPARED:
            self._writer.write(Chunk(*(bytes(value) for value in row)))
            return
        self._rows.append(row)
        if len(self._rows) >= self._options.batch_lines:
            self._write_rows()

    def close(self, error: Exception | None) -> None:
        """Write the remaining rows, unless the partition has failed already."""
        if error is not None:
            return
        self._write_rows()
        for chunk in self._chunks.rest():
            self._writer.write(chunk)
        self._chunks.written.add(self._writer.written)
        tell(self._chunks.written)

    def _write_rows(self) -> None:
        if self._rows:
            for chunk in self._chunks.of(batch_of(self._rows)):
                self._writer.write(chunk)
            self._rows = []
