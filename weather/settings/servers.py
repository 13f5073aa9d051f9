"""The settings of the servers that the stack starts, of the installation and of the set-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from weather.errors import SettingsError
from weather.settings import declare
from weather.settings.declare import Group
from weather.settings.variables import Variables, bytes_of

PROFILES = ("consumers", "sql", "hdfs", "monitor")
"""The valid values of STACK_PROFILES. stack/common/profiles.py lists the services of each."""


def _host(variables: Variables) -> str:
    if ":" in variables.host():
        raise SettingsError(f"HOST={variables.host()}: IPv6 addresses are not supported; use an IPv4 address or a name")
    return variables.host()


@dataclass(frozen=True)
class Stack(Group):
    """Where the stack listens, its folders, its start timeout, and the optional services (profiles)."""

    host: str = declare.setting(["HOST"], _host, "IPv4 address or name")
    home: Path = declare.path("STACK_HOME")
    cache: Path = declare.path("STACK_CACHE")
    start_timeout: int = declare.integer("STACK_START_TIMEOUT", 10, 3600)
    profiles: tuple[str, ...] = declare.one_of_many("STACK_PROFILES", PROFILES, "profile", may_be_empty=True)


@dataclass(frozen=True)
class KafkaServer(Group):
    """The broker, and kafka-ui."""

    port: int = declare.port("KAFKA_PORT")
    controller_port: int = declare.port("KAFKA_CONTROLLER_PORT")
    heap: str = declare.memory("KAFKA_HEAP")
    retention_hours: int = declare.integer("KAFKA_RETENTION_HOURS", 1, 1_000_000)
    retention_mb: int = declare.integer("KAFKA_RETENTION_MB", 16, 100_000_000)
    monitor: bool = declare.flag("KAFKA_MONITOR")
    monitor_port: int = declare.port("KAFKA_MONITOR_PORT")

    @property
    def retention_bytes(self) -> int:
        return self.retention_mb * 10**6

    @property
    def segment_bytes(self) -> int:
        """The broker deletes whole segments, so a partition has several. 1 GiB is Kafka's default."""
        return min(2**30, self.retention_bytes // 4)


@dataclass(frozen=True)
class InfluxDBServer(Group):
    """The InfluxDB server."""

    port: int = declare.port("INFLUXDB_PORT")
    gogc: int = declare.integer("INFLUXDB_GOGC", 1, 10_000)


@dataclass(frozen=True)
class SparkCluster(Group):
    """Spark's master and workers."""

    master_port: int = declare.port("SPARK_MASTER_PORT")
    ui_port: int = declare.port("SPARK_UI_PORT")
    workers: int = declare.integer("SPARK_WORKER_NUMBER", 1, 100)
    cores: int = declare.integer("SPARK_WORKER_CORES", 1, 1000)
    worker_memory: str = declare.memory("SPARK_WORKER_MEMORY")
    executor_memory: str = declare.memory("SPARK_EXECUTOR_MEMORY")

    def contradictions(self) -> Iterator[str]:
        if bytes_of(self.executor_memory) > bytes_of(self.worker_memory):
            yield (
                f"SPARK_EXECUTOR_MEMORY={self.executor_memory} is more than SPARK_WORKER_MEMORY={self.worker_memory}: "
                "no worker could run the application"
            )


@dataclass(frozen=True)
class DashboardServer(Group):
    """The address of the dashboards, which Grafana or the viewer serves."""

    host: str = declare.text("HOST")
    port: int = declare.port("GRAFANA_PORT")


@dataclass(frozen=True)
class GrafanaServer(Group):
    """The Grafana server."""

    user: str = declare.text("GRAFANA_USER")
    password: str = declare.text("GRAFANA_PASS")
    home: str = declare.optional("GRAFANA_HOME")
    map_tiles: bool = declare.flag("GRAFANA_MAP_TILES")

    def __repr__(self) -> str:
        return f"GrafanaServer(user={self.user!r}, password=***)"


@dataclass(frozen=True)
class SqlServer(Group):
    """The database of source `sql`: the MariaDB that the stack starts, or another one at `host`."""

    host: str = declare.optional("SQL_HOST")
    password: str = declare.optional("SQL_PASS")

    def __repr__(self) -> str:
        return f"SqlServer(host={self.host!r}, password=***)"

    def contradictions(self) -> Iterator[str]:
        if self.host and not self.password:
            yield "SQL_HOST is set, but SQL_PASS is not: set it to the password of SQL_USER on that server"
        if any(sign in self.password for sign in "\r\n"):
            yield "SQL_PASS must not contain a line break"


@dataclass(frozen=True)
class Hdfs(Group):
    """The NameNode and the DataNode of profile `hdfs`."""

    port: int = declare.port("HDFS_PORT")
    web_port: int = declare.port("HDFS_WEB_PORT")
    datanode_port: int = declare.port("HDFS_DATANODE_PORT")
    datanode_web_port: int = declare.port("HDFS_DATANODE_WEB_PORT")
    datanode_ipc_port: int = declare.port("HDFS_DATANODE_IPC_PORT")
    heap: str = declare.memory("HDFS_HEAP")


@dataclass(frozen=True)
class Installation(Group):
    """The versions to install, and the programs that are used instead (PYTHON, INFLUXD)."""

    python: str = declare.text("PYTHON")
    influxd: str = declare.optional("INFLUXD")
    kafka: str = declare.text("KAFKA_VERSION")
    hadoop: str = declare.text("HADOOP_VERSION")
    spark: str = declare.text("SPARK_VERSION")
    influxdb: str = declare.text("INFLUXDB_VERSION")


@dataclass(frozen=True)
class Images(Group):
    """The images of Docker mode."""

    python: str = declare.text("PYTHON_IMAGE")
    maven: str = declare.text("MAVEN_IMAGE")
    kafka: str = declare.text("KAFKA_IMAGE")
    influxdb: str = declare.text("INFLUXDB_IMAGE")
    grafana: str = declare.text("GRAFANA_IMAGE")
    mariadb: str = declare.text("MARIADB_IMAGE")
    hadoop: str = declare.text("HADOOP_IMAGE")
    kafka_ui: str = declare.text("KAFKA_UI_IMAGE")
    build_network: str = declare.text("IMAGE_BUILD_NETWORK")
    build_ca: str = declare.optional("IMAGE_BUILD_CA")
