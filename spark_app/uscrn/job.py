"""The job `uscrn`: 5-minute rows → hourly means, outliers, and the hottest station of each hour.

It runs two queries of the same kind: one over topic `InputData`, station by station, and one over `Partitioned`, which
also compares the stations. The state between batches is in Spark's state store, a few kilobytes per station.
"""

from __future__ import annotations

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.streaming.state import GroupStateTimeout

from spark_app.context import Context
from spark_app.kafka.source import read
from spark_app.kafka.topics import ensure_topics
from spark_app.queries import Query
from spark_app.uscrn.batches import FOUND, STATE, batches
from spark_app.uscrn.five_minutes import typed
from spark_app.uscrn.results import UscrnResults
from weather import settings, topics
from weather.dead_letter import topic_of
from weather.settings import sources

INPUT_DATA_QUERY, PARTITIONED_QUERY = "uscrn", "uscrn-partitioned"
MAX_ROWS_PER_BATCH = 200_000
"""The rows of one key are in memory together. A larger batch is not faster."""


def needed_topics(variables: settings.Variables) -> list[str]:
    """No topics: the job creates them, including those of a mode that the streamer does not use at the moment."""
    return []


def queries(context: Context) -> list[Query]:
    """Create the topics. Both queries, each from its checkpoint or from its topic's beginning."""
    partitions = topics.PARTITIONS | {topics.PARTITIONED: sources.UscrnTopic.load(context.variables).partitions}
    read = {name: partitions[name] for name in (topics.INPUT_DATA, topics.PARTITIONED)}
    dead_letters = {topic_of(name): count for name, count in read.items()}
    ensure_topics(context.kafka, read | dead_letters | {name: partitions[name] for name in topics.USCRN_RESULTS})
    return [
        query(context, INPUT_DATA_QUERY, topics.INPUT_DATA, F.coalesce("station", F.lit(-1))),
        query(context, PARTITIONED_QUERY, topics.PARTITIONED, F.lit(0), compare=True),
    ]


def query(context: Context, name: str, topic: str, key: Column, compare: bool = False) -> Query:
    """The query over one topic. Rows with the same `key` are processed together; to `compare`, all must be."""
    job = sources.UscrnJob.load(context.variables)
    most = min(MAX_ROWS_PER_BATCH, context.options.max_offsets_per_trigger)
    records = read(context, topic, most, includeHeaders="true")
    found = (
        typed(records)
        .withColumn("key", key.cast("long"))
        .groupBy("key")
        .applyInPandasWithState(batches(job, compare), FOUND, STATE, "append", GroupStateTimeout.NoTimeout)
    )
    write = UscrnResults(name, topic, context)
    return Query(context, found, name, name, lambda output: output.foreachBatch(write))
