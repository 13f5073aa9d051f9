"""Which settings each program reads: its environment in both modes."""

from __future__ import annotations

from collections.abc import Iterator

from weather.settings.declare import PORT, Group, Setting
from weather.settings.forecast import Days, Forecast, Training
from weather.settings.servers import (
    DashboardServer,
    GrafanaServer,
    Hdfs,
    Images,
    InfluxDBServer,
    Installation,
    KafkaServer,
    SparkCluster,
    SqlServer,
    Stack,
)
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
from weather.settings.sources import (
    Described,
    DescribedFiles,
    MeteoFrance,
    Place,
    Source,
    Stations,
    Uscrn,
    UscrnJob,
    UscrnTopic,
)
from weather.settings.streaming import Downloads, Streamer

Groups = tuple[type[Group], ...]

_SOURCES: Groups = (Source, MeteoFrance, Downloads, Stations, Place, Uscrn, DescribedFiles, Database)

PROGRAMS: dict[str, Groups] = {
    "datastream": (Kafka, Streamer, *_SOURCES),
    "weather-generator": (Database,),
    "debug": (KafkaServers,),
    "station-stats": (KafkaServers, Consumers),
    "month-stats": (KafkaServers, Consumers),
    "parquet": (KafkaServers, Consumers),
    "spark-app": (Kafka, InfluxDBSink, Spark, Source, UscrnTopic, UscrnJob, Described, Days, Forecast, Training),
    "setup": (InfluxDB, Credentials, ScrapeTargets),
    "viewer": (InfluxDB, DashboardServer),
}
"""Program → the settings that it loads."""

SET_UP: Groups = (
    Stack, KafkaServer, SparkCluster, InfluxDBServer, GrafanaServer, SqlServer, Hdfs, Installation, Images,
)  # fmt: skip
"""The settings that the set-up reads."""

ALL: Groups = tuple(dict.fromkeys([group for groups in PROGRAMS.values() for group in groups] + list(SET_UP)))


def settings() -> Iterator[Setting]:
    """Every declaration."""
    for group in ALL:
        yield from group.declared().values()


def ports() -> list[str]:
    """The variables that hold a port."""
    return list(dict.fromkeys(each.names[0] for each in settings() if each.kind == PORT))


def of_program(program: str) -> list[str]:
    """The variables that a program reads on this machine, without those of containers."""
    declared = [each for group in PROGRAMS[program] for each in group.declared().values()]
    return list(dict.fromkeys(name for each in declared for name in each.names if name not in each.instead))
