"""What a job is given to start its queries with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from pyspark.sql import SparkSession

from spark_app.monitoring.write_metrics import BatchMetrics
from weather import settings


@dataclass(frozen=True)
class Context:
    """The session of the application, its settings, and where its writers leave their metrics."""

    spark: SparkSession
    variables: settings.Variables
    kafka: settings.Kafka
    influxdb: settings.InfluxDBSink
    options: settings.Spark
    batch_metrics: BatchMetrics
    regularly: list[Callable[[], None]] = field(default_factory=list)
    """What the jobs have the application call about once a second; a failure is logged and disturbs nothing."""

    @classmethod
    def load(cls, spark: SparkSession, variables: settings.Variables) -> Context:
        """The context that the settings describe; SettingsError where one of them is wrong."""
        return cls(
            spark,
            variables,
            settings.Kafka.load(variables),
            settings.InfluxDBSink.load(variables),
            settings.Spark.load(variables),
            BatchMetrics(spark.sparkContext),
        )
