"""How every query of the application starts: its name, checkpoint, output mode and trigger."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql.streaming import DataStreamWriter

from spark_app.context import Context


def output(
    context: Context, rows: DataFrame, name: str, checkpoint: str, seconds: int | None = None, mode: str = "append"
) -> DataStreamWriter:
    """The output of a query, for `foreach`, `foreachBatch` or a format. The query resumes from its checkpoint.

    `checkpoint` is the name of its folder. Micro-batches follow each other immediately, or every `seconds`.
    """
    writer = (
        rows.writeStream.queryName(name)
        .outputMode(mode)
        .option("checkpointLocation", str(context.options.checkpoints / checkpoint))
    )
    return writer if seconds is None else writer.trigger(processingTime=f"{seconds} seconds")
