"""The ForeachWriter: chunks of line protocol go to InfluxDB, invalid records to the dead-letter topic.

Delivery promise: at least once. Writes are synchronous: a failure fails the task, and Spark runs it again from the
checkpoint. A point is identified by measurement, tags and its own time, so writing it again changes nothing.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from spark_app.influxdb.deletions import decoded
from spark_app.influxdb.layout import METEO, Layout
from spark_app.influxdb.store import connection
from spark_app.kafka.dead_letters import DeadLetterCopier
from spark_app.monitoring.write_metrics import MetricsAccumulator, WriteMetrics
from spark_influxdb.write_api import Chunk, WriteApi
from spark_influxdb.writer import kind
from weather import settings


class InfluxDBWriter:
    """Writes rows of `chunks.CHUNK`. Its metrics go to the accumulator when a partition has been written."""

    def __init__(
        self,
        influxdb: settings.InfluxDB,
        kafka: settings.Kafka,
        accumulator: MetricsAccumulator,
        layout: Layout = METEO,
    ) -> None:
        self._influxdb = influxdb
        self._layout = layout
        self._kafka = kafka
        self._accumulator = accumulator

    def open(self, partition_id: int, epoch_id: int) -> bool:
        """Start a partition of a micro-batch."""
        self._batch = epoch_id
        self._metrics = WriteMetrics()
        self._api = WriteApi(connection(self._influxdb), precision=self._layout.precision)
        self._dead_letters = DeadLetterCopier(self._kafka)
        return True

    def process(self, row: Any) -> None:
        """Write a chunk, or delete points. Rejected records and refused lines go to the dead-letter topic."""
        if row.deletions is not None:
            for deletion in decoded(bytes(row.deletions)):
                deletion.run(self._api, self._layout)
            return
        offsets, sent = (np.frombuffer(numbers, dtype="<i8") for numbers in (row.offsets, row.sent_ms))
        if row.lines is None:
            self._metrics.rejected[row.reason] += len(offsets)
            self._dead_letters.copy(row.partition, {int(offset): row.reason for offset in offsets})
            return
        refused = self._api.write(Chunk(bytes(row.lines)))
        self._metrics.points += len(offsets) - len(refused)
        self._metrics.took(int(time.time() * 1000) - sent)
        reasons = {int(offsets[at]): f"InfluxDB: {words}" for at, words in refused}
        self._metrics.rejected.update(map(kind, reasons.values()))
        self._dead_letters.copy(row.partition, reasons)

    def close(self, error: Exception | None) -> None:
        """Return when Kafka has confirmed all dead letters, unless the partition has failed already."""
        try:
            if error is None:
                self._dead_letters.flush()
                self._metrics.wrote(self._api)
                self._accumulator.add({self._batch: self._metrics})
        finally:
            self._dead_letters.close()
