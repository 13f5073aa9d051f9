"""Everything that would make the set-up fail, found before anything is touched and told in one message."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from datastream.sources.meteofrance import hourly_file
from datastream.sources.uscrn import five_minute_file
from stack.common import home, ports, profiles
from stack.modes import Mode
from weather import settings, topics
from weather.errors import SettingsError, StackError
from weather.settings import forecast, sources

OLDEST_PYTHON = (3, 11)
FREE_DISK_GB = 3
FREE_MEMORY_GB = 4
DEFAULT_PASSWORDS = {"INFLUXDB_PASS": "adminvaldom", "GRAFANA_PASS": "admin"}
SHORTEST_INFLUXDB_PASSWORD = 8
MEMORY = re.compile(r"([1-9]\d*)([kmgt])", re.IGNORECASE)
UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}


def check(variables: settings.Variables, mode: Mode) -> None:
    """Raise one SettingsError that lists all problems; return where there is none."""
    problems = list(dict.fromkeys(all_problems(variables, mode)))
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise SettingsError(f"nothing was started, because:\n{lines}")


def all_problems(variables: settings.Variables, mode: Mode) -> Iterator[str]:
    """Each problem as a sentence that says what to change."""
    bad_settings = list(setting_problems(variables))
    yield from bad_settings
    if sys.version_info < OLDEST_PYTHON:
        yield f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed (setting PYTHON)"
    yield from data_problems(variables)
    yield from room_problems(variables)
    yield from mode.problems()
    if not bad_settings:
        yield from port_problems(variables, mode)


def setting_problems(variables: settings.Variables) -> Iterator[str]:
    """Settings that are missing, malformed or contradict each other."""
    groups: list[Callable[[settings.Variables], object]] = [
        settings.Kafka.load,
        settings.Streamer.load,
        lambda v: v.seconds("STREAMING_TIME_DELTA"),
        sources.chosen,
        sources.Stations.load,
        sources.Place.load,
        sources.Uscrn.load,
        sources.UscrnJob.load,
        settings.InfluxDB.load,
        settings.Credentials.load,
        settings.Spark.load,
        settings.Database.load,
        settings.Consumers.load,
        forecast.Training.load,
        forecast.Days.load,
        check_forecast,
        profiles.chosen,
        lambda v: v.flag("KAFKA_MONITOR"),
        lambda v: v.flag("GRAFANA_MAP_TILES"),
        lambda v: v.integer("INFLUXDB_GOGC", 1, 10_000),
        lambda v: v.integer("SPARK_WORKER_NUMBER", 1, 100),
        lambda v: v.integer("SPARK_WORKER_CORES", 1, 1000),
        lambda v: v.integer("STACK_START_TIMEOUT", 10, 3600),
        check_host,
        check_ports_differ,
        check_memory,
        check_names,
        check_database,
        check_passwords,
    ]
    tolerant = _TolerantVariables(variables.all())
    for load in groups:
        try:
            load(tolerant)
        except SettingsError as error:
            tolerant.problems.append(str(error))
    yield from dict.fromkeys(tolerant.problems)  # each once, in their order


class _TolerantVariables(settings.Variables):
    """Notes what is wrong with a variable and goes on with a value that is right, so that all problems are found."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        super().__init__(environ)
        self.problems: list[str] = []

    def integer(self, name: str, low: int, high: int) -> int:
        try:
            return super().integer(name, low, high)
        except SettingsError as error:
            self.problems.append(str(error))
            return low

    def flag(self, name: str) -> bool:
        try:
            return super().flag(name)
        except SettingsError as error:
            self.problems.append(str(error))
            return False


def check_forecast(variables: settings.Variables) -> None:
    """What the jobs of daily reports need; a source without them needs nothing."""
    if sources.chosen(variables) in forecast.TOPIC_OF:
        forecast.Forecast.load(variables)


def check_host(variables: settings.Variables) -> None:
    """An address that every component can write into its own addresses."""
    if ":" in variables.host():
        raise SettingsError(f"HOST={variables.host()}: IPv6 addresses are not supported; use an IPv4 address or a name")


def check_ports_differ(variables: settings.Variables) -> None:
    """Two components cannot share a port."""
    seen: dict[str, str] = {}
    for name in sorted(PORT_SETTINGS):
        variables.port(name)
        port = variables.optional(name)
        other = seen.setdefault(port, name)
        if other != name:
            raise SettingsError(f"{other} and {name} are both {port}: give each its own port")


PORT_SETTINGS = (
    "DATASTREAM_FLASK_PORT", "KAFKA_PORT", "KAFKA_CONTROLLER_PORT", "KAFKA_MONITOR_PORT", "SPARK_MASTER_PORT",
    "SPARK_UI_PORT", "SPARK_APP_UI_PORT", "INFLUXDB_PORT", "GRAFANA_PORT", "SQL_PORT", "HDFS_PORT",
    "HDFS_WEB_PORT", "HDFS_DATANODE_PORT", "HDFS_DATANODE_WEB_PORT", "HDFS_DATANODE_IPC_PORT",
)  # fmt: skip


def check_memory(variables: settings.Variables) -> None:
    """Memory sizes are sizes, and an executor fits into a worker."""
    names = ("KAFKA_HEAP", "SPARK_WORKER_MEMORY", "SPARK_EXECUTOR_MEMORY", "SPARK_DRIVER_MEMORY", "TRAIN_MEMORY",
             "HDFS_HEAP")  # fmt: skip
    sizes = {name: _memory(name, variables.text(name)) for name in names}
    if sizes["SPARK_EXECUTOR_MEMORY"] > sizes["SPARK_WORKER_MEMORY"]:
        raise SettingsError(
            f"SPARK_EXECUTOR_MEMORY={variables.text('SPARK_EXECUTOR_MEMORY')} is more than SPARK_WORKER_MEMORY="
            f"{variables.text('SPARK_WORKER_MEMORY')}: no worker could run the application"
        )


def check_names(variables: settings.Variables) -> None:
    """Names that the components themselves would refuse, or that collide."""
    topic = variables.text("KAFKA_TOPIC")
    if not re.fullmatch(r"[a-zA-Z0-9._-]{1,240}", topic) or topic in (".", ".."):
        raise SettingsError(f"KAFKA_TOPIC={topic!r} is not a topic name: letters, digits, '.', '_' and '-' only")
    if topic in topics.PARTITIONS:
        raise SettingsError(f"KAFKA_TOPIC={topic} is the topic of another source")
    buckets = [variables.text(name) for name in ("INFLUXDB_BUCKET", "INFLUXDB_MONITORING_BUCKET")]
    if buckets[0] == buckets[1]:
        raise SettingsError(f"INFLUXDB_BUCKET and INFLUXDB_MONITORING_BUCKET are both {buckets[0]!r}")
    for name, bucket in zip(("INFLUXDB_BUCKET", "INFLUXDB_MONITORING_BUCKET"), buckets, strict=True):
        if bucket.startswith("_") or '"' in bucket:
            raise SettingsError(f"{name}={bucket!r}: no quotes, and InfluxDB keeps names with _ for itself")


def check_database(variables: settings.Variables) -> None:
    """Names that need no quotes in SQL, and a password where the database is somebody else's."""
    for name in ("SQL_DATABASE", "SQL_USER"):
        if not re.fullmatch(r"\w{1,32}", variables.text(name), re.ASCII):
            raise SettingsError(f"{name}={variables.text(name)!r}: letters, digits and '_' only, at most 32")
    if variables.optional("SQL_HOST") and not variables.optional("SQL_PASS"):
        raise SettingsError("SQL_HOST names a database of yours: set SQL_PASS to the password of SQL_USER there")
    if any(sign in variables.optional("SQL_PASS") for sign in "\r\n"):
        raise SettingsError("SQL_PASS: a password of one line is needed")


def check_passwords(variables: settings.Variables) -> None:
    """Long enough for InfluxDB; the well-known ones only where nobody else can connect."""
    if len(variables.text("INFLUXDB_PASS")) < SHORTEST_INFLUXDB_PASSWORD:
        raise SettingsError(f"INFLUXDB_PASS has fewer than {SHORTEST_INFLUXDB_PASSWORD} characters")
    host = variables.host()
    known = [name for name, default in DEFAULT_PASSWORDS.items() if variables.text(name) == default]
    if known and not settings.is_loopback(host):
        raise SettingsError(
            f"HOST={host} can be reached from outside, but {' and '.join(known)} still hold(s) the well-known default: "
            f"set your own, such as `export {known[0]}=…` before ./build_setup.sh"
        )


def data_problems(variables: settings.Variables) -> Iterator[str]:
    """The data files are there, whole, and in the format they should have."""
    try:
        hourly_file.check(Path(variables.text("METEO_DATA")))
    except StackError as error:
        yield str(error)
    if variables.optional("STREAM_SOURCE") == "uscrn":
        try:
            options = sources.Uscrn.load(variables)
            five_minute_file.check(options)
        except StackError as error:
            yield str(error)


def room_problems(variables: settings.Variables) -> Iterator[str]:
    """A place to write, with enough disk and memory."""
    try:
        home.check_ours(Path(variables.text("STACK_HOME")))
    except (SettingsError, OSError) as error:
        yield str(error)
    for name in ("STACK_HOME", "STACK_CACHE"):
        folder = Path(variables.text(name))
        if any(sign in str(folder) for sign in "\"'%\n,:;#"):
            yield f"{name}={folder}: quotes, line breaks and the signs , : ; # % are not allowed in this path"
        while not os.access(folder, os.F_OK):
            folder = folder.parent
        if not folder.is_dir():
            yield f"{name}: {folder} is not a folder"
            continue
        if not os.access(folder, os.W_OK | os.X_OK):
            if name == "STACK_HOME":
                yield f"{name}={variables.text(name)}: you may not write to {folder}"
            continue  # a cache that is complete need not be written: the mode knows
        free = shutil.disk_usage(folder).free / 2**30
        if free < FREE_DISK_GB:
            yield f"{name}: {free:.1f} GB are free on the disk of {folder}; {FREE_DISK_GB} GB are needed"
    available = _available_memory_gb()
    if available is not None and available < FREE_MEMORY_GB:
        yield f"{available:.1f} GB of memory are available; the stack needs about {FREE_MEMORY_GB} GB"


def port_problems(variables: settings.Variables, mode: Mode) -> Iterator[str]:
    """Ports that another program holds."""
    host = variables.host()
    for name in mode.port_settings():
        port = variables.port(name)
        try:
            taken = ports.is_taken(host, port)
        except OSError as error:
            yield f"HOST={host}, {name}={port}: cannot listen there: {error.strerror}"
            if not isinstance(error, PermissionError):
                return
            continue
        if not taken:
            continue
        owner = ports.owner(port)
        if mode.owns(name, owner):
            continue
        who = f"process {owner.pid} ({owner.command[:80]})" if owner.pid else "another program"
        yield f"port {port} is taken by {who}: end it, or set {name} to another port"


def _memory(name: str, text: str) -> int:
    match = MEMORY.fullmatch(text)
    if not match:
        raise SettingsError(f"{name}={text!r} is not a size such as 512m or 1g")
    return int(match[1]) * UNITS[match[2].lower()]


def _available_memory_gb() -> float | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 2**20
    except OSError:
        pass  # not Linux: not known
    return None
