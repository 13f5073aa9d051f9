"""What a job needs to start its queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.sql import SparkSession

from spark_app.monitoring.write_metrics import BatchMetrics
from weather import settings


@dataclass(frozen=True)
class Context:
    """The application's Spark session, its settings, and the metrics of its writers."""

    spark: SparkSession
    variables: settings.Variables
    kafka: settings.Kafka
    influxdb: settings.InfluxDBSink
    options: settings.Spark
    batch_metrics: BatchMetrics
    checkpoints: dict[str, Path] = field(default_factory=dict)
    """Query → the folder of its checkpoint."""
    regularly: list[Callable[[], None]] = field(default_factory=list)
    """Functions that the application calls about once a second. A failure is logged and has no other effect."""

    def has_ended(self) -> bool:
        """Whether Spark itself has ended, so that no query can run any more."""
        return bool(self.spark.sparkContext._jsc.sc().isStopped())

    @classmethod
    def load(cls, spark: SparkSession, variables: settings.Variables) -> Context:
        """Create the context from the settings. Raise SettingsError if one of them is invalid."""
        return cls(
            spark,
            variables,
            settings.Kafka.load(variables),
            settings.InfluxDBSink.load(variables),
            settings.Spark.load(variables),
            BatchMetrics(spark.sparkContext),
        )
