"""The job `meteo`: writes the topic of the readings to the bucket of the readings."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.streaming import StreamingQuery

from spark_app.context import Context
from spark_app.influxdb.writer import InfluxDBWriter
from spark_app.kafka.source import is_end_marker, read, waiting_for_several
from spark_app.queries import output
from spark_app.readings.chunks import CHUNK, RECORD, to_chunks
from weather import settings

QUERY = "meteo"


def topics(variables: settings.Variables) -> list[str]:
    """The topic of the readings and its dead-letter topic."""
    kafka = settings.Kafka.load(variables)
    return [kafka.topic, kafka.dead_letter_topic]


def start(context: Context) -> list[StreamingQuery]:
    """Start the query. It resumes from its checkpoint, or starts at the topic's beginning."""
    kafka, influxdb, options = context.kafka, context.influxdb, context.options
    records = read(context, kafka.topic, None, **waiting_for_several(options)).where(~is_end_marker())
    rows = chunks(records, influxdb.batch_lines)
    writer = InfluxDBWriter(influxdb, kafka, context.batch_metrics.of(QUERY))
    return [output(context, rows, QUERY, QUERY).foreach(writer).start()]


def chunks(records: DataFrame, max_lines: int) -> DataFrame:
    """Kafka records → rows of `chunks.CHUNK`."""
    return (
        records.withColumn("sent_ms", F.unix_millis("timestamp"))
        .select(*RECORD)
        .mapInArrow(to_chunks(max_lines), CHUNK)
    )
