"""The settings, read from the environment that settings.sh fills: one class for each component that loads them."""

from weather.settings.services import (
    Consumers,
    Credentials,
    Database,
    InfluxDB,
    InfluxDBSink,
    Kafka,
    KafkaServers,
    ScrapeTargets,
    Spark,
)
from weather.settings.streaming import Downloads, Streamer
from weather.settings.variables import EVERYWHERE, Variables, bytes_of, client_host, is_loopback, seconds

__all__ = [
    "EVERYWHERE",
    "Consumers",
    "Credentials",
    "Database",
    "Downloads",
    "InfluxDB",
    "InfluxDBSink",
    "Kafka",
    "KafkaServers",
    "ScrapeTargets",
    "Spark",
    "Streamer",
    "Variables",
    "bytes_of",
    "client_host",
    "is_loopback",
    "seconds",
]
