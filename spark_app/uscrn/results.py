"""The results of a batch of the job `uscrn`: each kind to its topic and measurement; invalid rows are dead-lettered.

Delivery promise: at least once. A repeated batch has the same results, so an hour of a station never has two values:
readers of a topic keep one message per station and hour, and the store has one point.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.influxdb.results import metrics_of, to_topics
from spark_app.influxdb.store import points, write_options
from spark_app.kafka.dead_letters import DeadLetterCopier
from spark_app.uscrn.batches import HOTTEST, HOUR, INVALID, OUTLIER
from spark_influxdb import Points, Written
from spark_influxdb.dataframes import written_by
from spark_influxdb.writer import write_batches
from weather import settings, topics, uscrn


@dataclass(frozen=True)
class ResultRoute:
    """Where one kind of results goes: the topic, the columns of its messages, the points. The key is the station."""

    topic: str
    columns: tuple[str, ...]
    points: Points


ROUTES = {
    HOUR: ResultRoute(
        topics.OUTPUT,
        ("station", "lst_date", "lst_hour", "mean_temp", "count"),
        points(uscrn.HOURLY, ("station", "station_id"), ("mean_temp", "count", "LAT", "LON")),
    ),
    OUTLIER: ResultRoute(
        topics.OUTLIERS,
        ("station", "lst_date", "lst_time", "temp", "kind", "source_file"),
        points(uscrn.OUTLIERS, ("station", "station_id", "kind"), ("temp",)),
    ),
    HOTTEST: ResultRoute(
        topics.MAX_TEMP,
        ("max_temp", "station", "lst_date", "lst_hour", "source_file"),
        # The station is no tag: an hour has one hottest station, so it is one point, even if another station is found.
        points(uscrn.HOTTEST, (), ("max_temp", "station", "station_id")),
    ),
}


class UscrnResults:
    """A function for `foreachBatch`."""

    def __init__(self, query: str, topic: str, context: Context) -> None:
        self._kafka = context.kafka
        self._task = ResultTask(replace(context.kafka, topic=topic), context.influxdb)
        self._accumulator = context.batch_metrics.of(query)

    def __call__(self, batch: DataFrame, number: int) -> None:
        """Send the results to their topics, then write the points and the dead letters: two jobs of Spark."""
        batch.persist()
        try:
            to_topics(messages(batch), self._kafka)
            as_points = {"station": F.col("name"), "station_id": F.col("station").cast("string")}
            rows = batch.withColumns(as_points | {"time": F.timestamp_seconds("seconds")})
            self._accumulator.add({number: metrics_of(written_by(rows, self._task))})
        finally:
            batch.unpersist()


def messages(results: DataFrame) -> DataFrame:
    """The `topic`, `key` and `value` of each result that is not an invalid row."""
    of_kind = {found: F.col("found") == found for found in ROUTES}
    topic = F.coalesce(*(F.when(is_it, F.lit(ROUTES[found].topic)) for found, is_it in of_kind.items()))
    value = F.coalesce(
        *(F.when(is_it, F.to_json(F.struct(*ROUTES[found].columns))) for found, is_it in of_kind.items())
    )
    return results.where(F.col("found") != INVALID).select(
        topic.alias("topic"), F.col("station").cast("string").alias("key"), value.alias("value")
    )


@dataclass(frozen=True)
class ResultTask:
    """A function for `written_by`: writes the points and copies the invalid records, and returns what was written.

    The records are copied from `topic` to its dead-letter topic, as received.
    """

    topic: settings.Kafka
    influxdb: settings.InfluxDBSink

    def __call__(self, batches: Iterable[pa.RecordBatch]) -> Written:
        """Return when InfluxDB and Kafka have confirmed everything."""
        of_kind: dict[str, list[pa.RecordBatch]] = {}
        for batch in batches:
            for found in pc.unique(batch["found"]).to_pylist():
                of_kind.setdefault(found, []).append(batch.filter(pc.equal(batch["found"], found)))
        invalid, total = of_kind.pop(INVALID, []), Written()
        for found, results in of_kind.items():
            total.add(write_batches(results, write_options(ROUTES[found].points, self.influxdb)))
        if invalid:
            total.refused += self._copy(invalid)
        return total

    def _copy(self, batches: Iterable[pa.RecordBatch]) -> Counter[str]:
        """Read each record again from its topic and copy it to the dead-letter topic. Return how many, by reason."""
        reasons: dict[int, dict[int, str]] = {}
        for batch in batches:
            for row in batch.select(["partition", "offset", "reason"]).to_pylist():
                reasons.setdefault(row["partition"], {})[row["offset"]] = row["reason"]
        dead_letters = DeadLetterCopier(self.topic)
        try:
            for partition in sorted(reasons):
                dead_letters.copy(partition, reasons[partition])
            dead_letters.flush()
        finally:
            dead_letters.close()
        return Counter(reason for copied in reasons.values() for reason in copied.values())
