"""How every query of the application starts: its name, checkpoint, output mode and trigger."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.streaming import DataStreamWriter

from spark_app.context import Context

BATCHES_WITHOUT_RECORDS = "spark.sql.streaming.noDataMicroBatches.enabled"

POOL = "spark.scheduler.pool"
"""Each query has a pool of its own, so that a batch of readings does not wait for all stages of another query's."""


def output(
    context: Context,
    rows: DataFrame,
    name: str,
    checkpoint: str,
    seconds: float | None = None,
    mode: str = "append",
    *,
    emits_by_watermark: bool = False,
) -> DataStreamWriter:
    """The output of a query, for `foreach`, `foreachBatch` or a format. The query resumes from its checkpoint.

    `checkpoint` is the name of its folder. A micro-batch begins `seconds` (default: SPARK_TRIGGER_SECONDS) after the
    beginning of the previous one, or immediately if that one took longer.

    `emits_by_watermark`: rows of the query appear when the watermark passes them. It then needs another micro-batch
    after the last records. For other queries that one would only remove old state, as the next one with records does.
    """
    # A query keeps the configuration and the properties that the session has when it starts.
    context.spark.sparkContext.setLocalProperty(POOL, name)
    context.spark.conf.set(BATCHES_WITHOUT_RECORDS, str(emits_by_watermark).lower())
    interval = context.options.trigger_seconds if seconds is None else seconds
    return (
        rows.writeStream.queryName(name)
        .outputMode(mode)
        .option("checkpointLocation", str(context.options.checkpoints / checkpoint))
        .trigger(processingTime=f"{round(1000 * interval)} milliseconds")
    )
