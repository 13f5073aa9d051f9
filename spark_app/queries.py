"""How every query of the application starts, and starts again: its name, checkpoint, output mode and trigger."""

from __future__ import annotations

import logging
from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql.streaming import DataStreamWriter, StreamingQuery

from spark_app.checkpoints.repair import repair
from spark_app.context import Context
from weather.logs import facts

log = logging.getLogger(__name__)

BATCHES_WITHOUT_RECORDS = "spark.sql.streaming.noDataMicroBatches.enabled"

POOL = "spark.scheduler.pool"
"""Each query has a pool of its own, so that a batch of readings does not wait for all stages of another query's."""


class Query:
    """A query of the application. Each start resumes from its checkpoint, which is repaired if it is torn."""

    def __init__(
        self,
        context: Context,
        rows: DataFrame,
        name: str,
        checkpoint: str,
        sink: Callable[[DataStreamWriter], DataStreamWriter],
        seconds: float | None = None,
        mode: str = "append",
        *,
        emits_by_watermark: bool = False,
    ) -> None:
        """`checkpoint` is the name of its folder. `sink` adds where the rows go: `foreach`, `foreachBatch` or a format.

        A micro-batch begins `seconds` (default: SPARK_TRIGGER_SECONDS) after the beginning of the previous one, or
        immediately if that one took longer.

        `emits_by_watermark`: rows of the query appear when the watermark passes them. It then needs another micro-batch
        after the last records. For other queries that one would only remove old state, as the next one with records
        does.
        """
        self.name = name
        self._spark = context.spark
        self.checkpoint = context.options.checkpoints / checkpoint
        context.checkpoints[name] = self.checkpoint
        self._emits_by_watermark = emits_by_watermark
        interval = context.options.trigger_seconds if seconds is None else seconds
        self._writer = sink(
            rows.writeStream.queryName(name)
            .outputMode(mode)
            .option("checkpointLocation", str(self.checkpoint))
            .trigger(processingTime=f"{round(1000 * interval)} milliseconds")
        )

    def start(self) -> StreamingQuery:
        """Start it. Raise SetupError if no micro-batch of its checkpoint is whole."""
        if removed := repair(self.checkpoint):
            files = ", ".join(map(str, removed))
            log.warning(facts("checkpoint_repaired", query=self.name, removed=files, then="the batches are repeated"))
        # A query keeps the configuration and the properties that the session has when it starts.
        self._spark.sparkContext.setLocalProperty(POOL, self.name)
        self._spark.conf.set(BATCHES_WITHOUT_RECORDS, str(self._emits_by_watermark).lower())
        return self._writer.start()
