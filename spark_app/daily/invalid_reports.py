"""The query that sends messages which are not daily reports to their dead-letter topic, as received, with the reason.

Delivery promise: at least once. Copies of the same record have the same header `origin`.
"""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import DataStreamWriter

from spark_app.context import Context
from spark_app.daily.report_stream import checkpoint, parse
from spark_app.queries import Query
from weather import dead_letter
from weather.settings.forecast import Forecast

QUERY = "unusable"


def query(context: Context, records: DataFrame, options: Forecast) -> Query:
    """The query."""

    def to_dead_letters(output: DataStreamWriter) -> DataStreamWriter:
        into = {
            "kafka.bootstrap.servers": context.kafka.bootstrap_servers,
            "topic": dead_letter.topic_of(options.topic),
            "includeHeaders": "true",
        }
        return output.format("kafka").options(**into)

    name = checkpoint(context, QUERY, options.topic)
    return Query(context, dead_letters(records), QUERY, name, to_dead_letters, options.dataset_seconds)


def dead_letters(records: DataFrame) -> DataFrame:
    """`key`, `value` and `headers` of each invalid record."""
    origin = F.concat_ws("", "topic", F.lit("-"), "partition", F.lit("@"), "offset")
    headers = {
        dead_letter.REASON: F.col("reason"),
        dead_letter.COMPONENT: F.lit("spark_app"),
        dead_letter.ORIGIN: origin,
    }
    listed = [
        F.struct(F.lit(name).alias("key"), value.cast("binary").alias("value")) for name, value in headers.items()
    ]
    bad = parse(records).where("reason IS NOT NULL")
    return bad.select("key", "value", F.array(*listed).alias("headers"))
