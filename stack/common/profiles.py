"""Optional services beside the stack, grouped in profiles; in Docker mode these are profiles of Compose."""

from __future__ import annotations

from pathlib import Path

from weather import settings
from weather.secrets import ensure_secret, keep_secret
from weather.settings import sources
from weather.settings.servers import KafkaServer, Stack

PROFILES = {
    "consumers": ("debug", "station-stats", "month-stats", "parquet"),
    "sql": ("database", "weather-generator"),
    "hdfs": ("namenode", "datanode"),
    "monitor": ("kafka-ui",),
}
"""Profile → its services. STACK_PROFILES chooses them; KAFKA_MONITOR also chooses `monitor`, STREAM_SOURCE `sql`."""

CONSUMER_OF = {"stations": "station-stats", "place": "month-stats", "sql": "parquet"}
"""Source → the consumer of its messages; the other consumers would reject them."""

WRITERS = ("weather-generator", "datastream", "spark-app", *PROFILES["consumers"])
"""The programs that write to the servers, natively and in Docker: they stop before them."""

SERVERS = ("database", "namenode", "datanode")
"""The services that others connect to."""

ABSENT: dict[str, tuple[str, ...]] = {"docker": (), "native": ("kafka-ui",)}
"""Mode → the services that it does not start."""

PORTS = {
    "SQL_PORT": "database",
    "HDFS_PORT": "namenode",
    "HDFS_WEB_PORT": "namenode",
    "HDFS_DATANODE_PORT": "datanode",
    "HDFS_DATANODE_WEB_PORT": "datanode",
    "HDFS_DATANODE_IPC_PORT": "datanode",
    "KAFKA_MONITOR_PORT": "kafka-ui",
}
"""Setting → the service of a profile that publishes its port."""


def chosen(variables: settings.Variables) -> list[str]:
    """The services that the settings ask for. Raise SettingsError if a profile is unknown."""
    asked = set(Stack.load(variables).profiles)
    if KafkaServer.load(variables).monitor:
        asked.add("monitor")
    if sources.uses_own_database(variables):
        asked.add("sql")
    others = set(CONSUMER_OF.values()) - {CONSUMER_OF.get(sources.chosen(variables))}
    found = [service for profile, names in PROFILES.items() if profile in asked for service in names]
    return [service for service in found if service not in others]


def started(variables: settings.Variables, mode: str) -> list[str]:
    """The chosen services that the mode starts."""
    return [service for service in chosen(variables) if service not in ABSENT[mode]]


def stages(services: list[str]) -> list[list[str]]:
    """Split services into the servers, which must be healthy first, and the programs that connect to them."""
    servers = [service for service in services if service in SERVERS]
    programs = [service for service in services if service not in SERVERS]
    return [stage for stage in (servers, programs) if stage]


def consumers(variables: settings.Variables) -> list[str]:
    """The consumers that native mode starts."""
    return [service for service in started(variables, "native") if service in PROFILES["consumers"]]


def keep_sql_password(variables: settings.Variables) -> Path:
    """Write the password of SQL_USER (SQL_PASS, or a random one on first use) to its file and return the path."""
    file = settings.Database.load(variables).password_file
    if given := variables.optional("SQL_PASS"):
        keep_secret(file, given)
    else:
        ensure_secret(file)
    return file


def services() -> set[str]:
    """All services of profiles in Docker mode."""
    return {service for names in PROFILES.values() for service in names} - set(ABSENT["docker"])
