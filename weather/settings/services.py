"""The settings of each service: where it listens, what it keeps where, and how it runs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from weather.settings.variables import Variables, client_host


@dataclass(frozen=True)
class Kafka:
    """Where the broker is, and the topic of the readings."""

    bootstrap_servers: str
    topic: str
    partitions: int

    @property
    def dead_letter_topic(self) -> str:
        return f"{self.topic}.dlq"

    @staticmethod
    def servers(variables: Variables) -> str:
        """Where the broker is, for a program that does not read the topic of the readings."""
        servers = variables.optional("KAFKA_BOOTSTRAP_SERVERS")
        return servers or f"{client_host(variables.host())}:{variables.port('KAFKA_PORT')}"

    @classmethod
    def load(cls, variables: Variables) -> Kafka:
        return cls(
            cls.servers(variables), variables.text("KAFKA_TOPIC"), variables.integer("KAFKA_PARTITIONS", 1, 1000)
        )


@dataclass(frozen=True)
class Streamer:
    """Where the streamer listens, whether it starts over at the end of its data, and where it keeps its positions."""

    host: str
    port: int
    loop: bool
    positions: Path

    def position_file(self, source: str) -> Path:
        """Each source has a position of its own, so that one may be left for another and taken up again."""
        return self.positions / f"{source}.json"

    @classmethod
    def load(cls, variables: Variables) -> Streamer:
        return cls(
            host=variables.host(),
            port=variables.port("DATASTREAM_FLASK_PORT"),
            loop=variables.flag("STREAMING_LOOP"),
            positions=Path(variables.text("STACK_HOME")) / "data" / "datastream",
        )


@dataclass(frozen=True)
class Database:
    """Where the SQL source's table is, who reads and fills it, and how fast it is filled."""

    host: str
    port: int
    name: str
    user: str
    password_file: Path
    row_delta: float

    @classmethod
    def load(cls, variables: Variables) -> Database:
        return cls(
            host=variables.optional("SQL_HOST") or client_host(variables.host()),
            port=variables.port("SQL_PORT"),
            name=variables.text("SQL_DATABASE"),
            user=variables.text("SQL_USER"),
            password_file=variables.secrets() / "sql_password",
            row_delta=variables.seconds("SQL_ROW_DELTA"),
        )


@dataclass(frozen=True)
class Consumers:
    """Where the programs of `consumers` keep their files; `archive` is the URI of the Parquet files, "" for there.

    Where profile `hdfs` is chosen and ARCHIVE_URI is not, the archive is in this stack's own HDFS.
    """

    folder: Path
    archive: str

    @classmethod
    def load(cls, variables: Variables) -> Consumers:
        archive = variables.optional("ARCHIVE_URI")
        profiles = {name.strip() for name in variables.optional("STACK_PROFILES").split(",")}
        if not archive and "hdfs" in profiles:
            archive = variables.optional("WEBHDFS_URL")
            archive = archive or f"webhdfs://{client_host(variables.host())}:{variables.port('HDFS_WEB_PORT')}/"
        return cls(Path(variables.text("CONSUMERS_DIR")), archive)


@dataclass(frozen=True)
class InfluxDB:
    """Where the store is, its organisation and buckets, and the files that hold its tokens."""

    url: str
    org: str
    bucket: str
    monitoring_bucket: str
    secrets: Path
    batch_lines: int

    @property
    def admin_token_file(self) -> Path:
        return self.secrets / "influxdb_admin_token"

    @property
    def write_token_file(self) -> Path:
        return self.secrets / "influxdb_write_token"

    @property
    def read_token_file(self) -> Path:
        return self.secrets / "influxdb_read_token"

    @classmethod
    def load(cls, variables: Variables) -> InfluxDB:
        url = variables.optional("INFLUXDB_URL")
        if not url:
            url = f"http://{client_host(variables.host())}:{variables.port('INFLUXDB_PORT')}"
        return cls(
            url=url,
            org=variables.text("INFLUXDB_ORG"),
            bucket=variables.text("INFLUXDB_BUCKET"),
            monitoring_bucket=variables.text("INFLUXDB_MONITORING_BUCKET"),
            secrets=variables.secrets(),
            batch_lines=variables.integer("INFLUXDB_BATCH_LINES", 1, 1_000_000),
        )


@dataclass(frozen=True)
class Credentials:
    """The first InfluxDB user. The password never shows in a repr."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Credentials(user={self.user!r}, password=***)"

    @classmethod
    def load(cls, variables: Variables) -> Credentials:
        return cls(variables.text("INFLUXDB_USER"), variables.text("INFLUXDB_PASS"))


@dataclass(frozen=True)
class Scraped:
    """The pages of metrics that InfluxDB reads by itself, as InfluxDB reaches them."""

    pages: dict[str, str]

    @classmethod
    def load(cls, variables: Variables) -> Scraped:
        def root(given: str, port: str) -> str:
            return variables.optional(given) or f"http://{client_host(variables.host())}:{variables.port(port)}"

        return cls(
            {
                "streamer": root("DATASTREAM_URL", "DATASTREAM_FLASK_PORT") + "/metrics",
                "Spark": root("SPARK_APP_URL", "SPARK_APP_UI_PORT") + "/metrics/executors/prometheus",
                "InfluxDB": root("INFLUXDB_SELF_URL", "INFLUXDB_PORT") + "/metrics",
            }
        )


@dataclass(frozen=True)
class Spark:
    """How the Spark application runs."""

    master_url: str
    app_ui_port: int
    driver_host: str
    driver_memory: str
    executor_memory: str
    max_offsets_per_trigger: int
    write_tasks: int
    shuffle_partitions: int
    checkpoints: Path
    jars: Path

    @classmethod
    def load(cls, variables: Variables) -> Spark:
        host = client_host(variables.host())
        home = Path(variables.text("STACK_HOME"))
        return cls(
            master_url=variables.optional("SPARK_MASTER_URL")
            or f"spark://{host}:{variables.port('SPARK_MASTER_PORT')}",
            app_ui_port=variables.port("SPARK_APP_UI_PORT"),
            driver_host=variables.optional("SPARK_DRIVER_HOST") or host,
            driver_memory=variables.text("SPARK_DRIVER_MEMORY"),
            executor_memory=variables.text("SPARK_EXECUTOR_MEMORY"),
            max_offsets_per_trigger=variables.integer("SPARK_MAX_OFFSETS_PER_TRIGGER", 1, 1_000_000_000),
            write_tasks=variables.integer("SPARK_WRITE_TASKS", 1, 10_000),
            shuffle_partitions=variables.integer("SPARK_SHUFFLE_PARTITIONS", 1, 10_000),
            checkpoints=home / "data" / "checkpoints",
            jars=Path(
                variables.optional("SPARK_CONNECTOR_JARS")
                or f"{variables.text('STACK_CACHE')}/spark-connector-{variables.text('SPARK_VERSION')}"
            ),
        )
