"""The settings of the programs: the addresses of services, their folders, and how they run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from weather import dead_letter, topics
from weather.errors import SettingsError
from weather.settings import declare
from weather.settings.declare import Group
from weather.settings.variables import Variables, client_host

MIN_INFLUXDB_PASSWORD_LENGTH = 8


def _topic(variables: Variables) -> str:
    name = variables.text("KAFKA_TOPIC")
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,240}", name) or name in (".", ".."):
        raise SettingsError(f"KAFKA_TOPIC={name!r} is not a topic name: letters, digits, '.', '_' and '-' only")
    if name in topics.PARTITIONS:
        raise SettingsError(f"KAFKA_TOPIC={name} is the topic of another source: choose another name")
    return name


@dataclass(frozen=True)
class KafkaServers(Group):
    """The broker's address, for a program that does not read the topic of the readings."""

    bootstrap_servers: str = declare.address("KAFKA_BOOTSTRAP_SERVERS", "KAFKA_PORT", "{host}:{port}")


@dataclass(frozen=True)
class Kafka(KafkaServers):
    """The broker's address, and the topic of the readings."""

    topic: str = declare.setting(["KAFKA_TOPIC"], _topic, "name of a topic")
    partitions: int = declare.integer("KAFKA_PARTITIONS", 1, 1000)

    @property
    def dead_letter_topic(self) -> str:
        return dead_letter.topic_of(self.topic)


def _sql_name(name: str) -> Any:
    """A name that needs no quotes in SQL."""

    def read(variables: Variables) -> str:
        given = variables.text(name)
        if not re.fullmatch(r"\w{1,32}", given, re.ASCII):
            raise SettingsError(f"{name}={given!r}: letters, digits and '_' only, at most 32")
        return given

    return declare.setting([name], read, "letters, digits and `_`, at most 32")


@dataclass(frozen=True)
class Database(Group):
    """The address of the SQL source's database and its user.

    `row_delta`: seconds between two generated rows. `late_seconds`: how long a missing id may still be committed.
    """

    host: str = declare.setting(
        ["SQL_HOST", "HOST"],
        lambda variables: variables.optional("SQL_HOST") or client_host(variables.host()),
        "address or empty",
    )
    port: int = declare.port("SQL_PORT")
    name: str = _sql_name("SQL_DATABASE")
    user: str = _sql_name("SQL_USER")
    password_file: Path = declare.secrets("sql_password")
    row_delta: float = declare.seconds("SQL_ROW_DELTA")
    late_seconds: float = declare.seconds("SQL_LATE_SECONDS")


def _archive(variables: Variables) -> str:
    """The URI of the archive: ARCHIVE_URI; if it is not set and profile `hdfs` is chosen, the stack's own HDFS."""
    given = variables.optional("ARCHIVE_URI")
    profiles = {name.strip() for name in variables.optional("STACK_PROFILES").split(",")}
    if given or "hdfs" not in profiles:
        return given
    if in_a_container := variables.optional("WEBHDFS_URL"):
        return in_a_container
    return f"webhdfs://{client_host(variables.host())}:{variables.port('HDFS_WEB_PORT')}/"


@dataclass(frozen=True)
class Consumers(Group):
    """The folder of the consumers' files. `archive` is the URI of the Parquet files; "" means the same folder."""

    folder: Path = declare.path("CONSUMERS_DIR")
    archive: str = declare.setting(
        ["ARCHIVE_URI", "STACK_PROFILES", "WEBHDFS_URL", "HOST", "HDFS_WEB_PORT"],
        _archive,
        "URI or empty",
        instead=["WEBHDFS_URL"],
    )


def _bucket(name: str) -> Any:
    def read(variables: Variables) -> str:
        given = variables.text(name)
        if given.startswith("_") or '"' in given:
            raise SettingsError(f"{name}={given!r} must not contain quotes or start with _, which InfluxDB reserves")
        return given

    return declare.setting([name], read, "name of a bucket")


@dataclass(frozen=True)
class InfluxDB(Group):
    """InfluxDB's address, its organisation and buckets, and the files of its tokens."""

    url: str = declare.address("INFLUXDB_URL", "INFLUXDB_PORT", "http://{host}:{port}")
    org: str = declare.text("INFLUXDB_ORG")
    bucket: str = _bucket("INFLUXDB_BUCKET")
    monitoring_bucket: str = _bucket("INFLUXDB_MONITORING_BUCKET")
    secrets: Path = declare.secrets()

    @property
    def admin_token_file(self) -> Path:
        return self.secrets / "influxdb_admin_token"

    @property
    def write_token_file(self) -> Path:
        return self.secrets / "influxdb_write_token"

    @property
    def read_token_file(self) -> Path:
        return self.secrets / "influxdb_read_token"

    def contradictions(self) -> Iterator[str]:
        if self.bucket == self.monitoring_bucket:
            yield f"INFLUXDB_BUCKET and INFLUXDB_MONITORING_BUCKET are both {self.bucket!r}: choose two names"


@dataclass(frozen=True)
class InfluxDBSink(InfluxDB):
    """InfluxDB for a program that writes points. `batch_lines` is the number of lines per request."""

    batch_lines: int = declare.integer("INFLUXDB_BATCH_LINES", 1, 1_000_000)


def _password(variables: Variables) -> str:
    given = variables.text("INFLUXDB_PASS")
    if len(given) < MIN_INFLUXDB_PASSWORD_LENGTH:
        raise SettingsError(f"INFLUXDB_PASS has fewer than {MIN_INFLUXDB_PASSWORD_LENGTH} characters")
    return given


@dataclass(frozen=True)
class Credentials(Group):
    """The first InfluxDB user. The repr never shows the password."""

    user: str = declare.text("INFLUXDB_USER")
    password: str = declare.setting(["INFLUXDB_PASS"], _password, "at least 8 characters")

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password=***)"


_SCRAPED = {
    "streamer": ("DATASTREAM_URL", "DATASTREAM_FLASK_PORT", "/metrics"),
    "Spark": ("SPARK_APP_URL", "SPARK_APP_UI_PORT", "/metrics/executors/prometheus"),
    "InfluxDB": ("INFLUXDB_SELF_URL", "INFLUXDB_PORT", "/metrics"),
}


def _pages(variables: Variables) -> dict[str, str]:
    def server(given: str, port_name: str) -> str:
        own = variables.optional(given)
        return own or f"http://{client_host(variables.host())}:{variables.port(port_name)}"

    return {name: server(given, port_name) + page for name, (given, port_name, page) in _SCRAPED.items()}


@dataclass(frozen=True)
class ScrapeTargets(Group):
    """The metrics pages that InfluxDB scrapes, as InfluxDB reaches them: name of the scraper → address."""

    pages: dict[str, str] = declare.setting(
        ["HOST", *(name for given, port_name, _ in _SCRAPED.values() for name in (given, port_name))],
        _pages,
        "addresses",
        instead=[given for given, _, _ in _SCRAPED.values()],
    )


def _jars(variables: Variables) -> Path:
    given = variables.optional("SPARK_CONNECTOR_JARS")
    cached = f"{variables.text('STACK_CACHE')}/spark-connector-{variables.text('SPARK_VERSION')}" if not given else ""
    return Path(given or cached)


def _class_data(variables: Variables) -> Path | None:
    return Path(given) if (given := variables.optional("SPARK_CLASS_DATA")) else None


@dataclass(frozen=True)
class Spark(Group):
    """How the Spark application runs."""

    master_url: str = declare.address("SPARK_MASTER_URL", "SPARK_MASTER_PORT", "spark://{host}:{port}")
    app_ui_port: int = declare.port("SPARK_APP_UI_PORT")
    driver_host: str = declare.setting(
        ["SPARK_DRIVER_HOST", "HOST"],
        lambda variables: variables.optional("SPARK_DRIVER_HOST") or client_host(variables.host()),
        "address",
        instead=["SPARK_DRIVER_HOST"],
    )
    driver_memory: str = declare.memory("SPARK_DRIVER_MEMORY")
    executor_memory: str = declare.memory("SPARK_EXECUTOR_MEMORY")
    trigger_seconds: float = declare.seconds("SPARK_TRIGGER_SECONDS")
    idle_trigger_seconds: float = declare.seconds("SPARK_IDLE_TRIGGER_SECONDS")
    max_offsets_per_trigger: int = declare.integer("SPARK_MAX_OFFSETS_PER_TRIGGER", 1, 1_000_000_000)
    write_tasks: int = declare.integer("SPARK_WRITE_TASKS", 1, 10_000)
    shuffle_partitions: int = declare.integer("SPARK_SHUFFLE_PARTITIONS", 1, 10_000)
    checkpoints: Path = declare.under_home("data", "checkpoints")
    jars: Path = declare.setting(
        ["SPARK_CONNECTOR_JARS", "STACK_CACHE", "SPARK_VERSION"], _jars, "path", instead=["SPARK_CONNECTOR_JARS"]
    )
    class_data: Path | None = declare.setting(["SPARK_CLASS_DATA"], _class_data, "path", instead=["SPARK_CLASS_DATA"])
    """The archive of Spark's Java classes, which may be missing."""
