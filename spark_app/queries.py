"""How every query of the application starts: its name, checkpoint, output mode and trigger."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.streaming import DataStreamWriter

from spark_app.context import Context


def output(
    context: Context, rows: DataFrame, name: str, checkpoint: str, seconds: float | None = None, mode: str = "append"
) -> DataStreamWriter:
    """The output of a query, for `foreach`, `foreachBatch` or a format. The query resumes from its checkpoint.

    `checkpoint` is the name of its folder. A micro-batch begins `seconds` (default: SPARK_TRIGGER_SECONDS) after the
    beginning of the previous one, or immediately if that one took longer.
    """
    interval = context.options.trigger_seconds if seconds is None else seconds
    return (
        rows.writeStream.queryName(name)
        .outputMode(mode)
        .option("checkpointLocation", str(context.options.checkpoints / checkpoint))
        .trigger(processingTime=f"{round(1000 * interval)} milliseconds")
    )
