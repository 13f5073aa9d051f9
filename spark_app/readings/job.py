"""The jobs `meteo` and `csv`: write the topic of the readings, or of a table of your own, to the bucket."""

from __future__ import annotations

from dataclasses import replace

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from spark_app.context import Context
from spark_app.influxdb.layout import METEO, Layout, of_description
from spark_app.influxdb.writer import InfluxDBWriter
from spark_app.kafka.source import is_end_marker, read, waiting_for_several
from spark_app.queries import Query
from spark_app.readings.chunks import CHUNK, RECORD, to_chunks
from weather import settings
from weather.description.model import Description
from weather.settings import sources

QUERY = "meteo"


def topics(variables: settings.Variables) -> list[str]:
    """The topic of the readings and its dead-letter topic."""
    kafka = settings.Kafka.load(variables)
    return [kafka.topic, kafka.dead_letter_topic]


def queries(context: Context) -> list[Query]:
    """The query. It resumes from its checkpoint, or starts at the topic's beginning."""
    return [_query(context, QUERY, context.kafka, METEO)]


def topics_of_table(variables: settings.Variables) -> list[str]:
    """The topic of the described table and its dead-letter topic."""
    kafka = _of_table(settings.Kafka.load(variables), sources.Described.load(variables).description)
    return [kafka.topic, kafka.dead_letter_topic]


def queries_of_table(context: Context) -> list[Query]:
    """The query of the described table. Each table has a checkpoint of its own."""
    description = sources.Described.load(context.variables).description
    return [
        _query(context, f"csv-{description.topic}", _of_table(context.kafka, description), of_description(description))
    ]


def _of_table(kafka: settings.Kafka, description: Description) -> settings.Kafka:
    return replace(kafka, topic=description.topic)


def _query(context: Context, query: str, kafka: settings.Kafka, layout: Layout) -> Query:
    influxdb, options = context.influxdb, context.options
    records = read(context, kafka.topic, None, **waiting_for_several(options)).where(~is_end_marker())
    rows = chunks(records, influxdb.batch_lines, layout)
    writer = InfluxDBWriter(influxdb, kafka, context.batch_metrics.of(query), layout)
    return Query(context, rows, query, query, lambda output: output.foreach(writer))


def chunks(records: DataFrame, max_lines: int, layout: Layout = METEO) -> DataFrame:
    """Kafka records → rows of `chunks.CHUNK`."""
    return (
        records.withColumn("sent_ms", F.unix_millis("timestamp"))
        .select(*RECORD)
        .mapInArrow(to_chunks(max_lines, layout), CHUNK)
    )
