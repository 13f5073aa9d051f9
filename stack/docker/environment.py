"""The environment of the compose files: the settings, HOST as an IP address, and a few variables derived from them."""

from __future__ import annotations

import hashlib
import os
import shlex
import socket
import subprocess
from pathlib import Path

from stack.common import dashboards
from stack.common.environment import ROOT
from weather import settings
from weather.errors import SettingsError
from weather.settings import forecast, locations, sources
from weather.settings.servers import KafkaServer

UNPRIVILEGED = 10001

SECRETS = ("influxdb_write_token", "influxdb_read_token", "grafana_password", "sql_password")


def derive(variables: settings.Variables, secrets: Path) -> dict[str, str]:
    """The environment of a Compose command. Raise SettingsError if a setting cannot be used in Docker mode."""
    host = _address(variables.host())
    _check_archive(variables.optional("ARCHIVE_URI"))
    user, group = container_user()
    broker = KafkaServer.load(variables)
    kafka, hdfs, driver, training, worker = (
        settings.bytes_of(variables.memory(name)) // 2**20
        for name in ("KAFKA_HEAP", "HDFS_HEAP", "SPARK_DRIVER_MEMORY", "TRAIN_MEMORY", "SPARK_WORKER_MEMORY")
    )
    rain, temperatures, models = forecast_folders(variables)
    return variables.all() | {
        "HOST": host,
        "CLIENT_HOST": settings.client_host(host),
        "DATABASE_HOST": variables.optional("SQL_HOST") or "database",
        "DATABASE_PORT": variables.text("SQL_PORT") if variables.optional("SQL_HOST") else "3306",
        "STACK_UID": str(user),
        "STACK_GID": str(group),
        "SECRETS_VERSION": _version_of(secrets),
        "FORECAST_DATASET": str(rain),
        "FORECAST_TEMPERATURES": str(temperatures),
        "FORECAST_MODELS": str(models),
        "HOME_DASHBOARD": dashboards.home_file(variables),
        "STREAM_TOPIC": sources.first_topic(variables),
        "BUILD_CA": _certificates(variables.optional("IMAGE_BUILD_CA")),
        **_files(variables, "USCRN"),
        **_files(variables, "METEO"),
        **_files(variables, "CSV"),
        "DOWNLOAD_CA_FILE": variables.optional("DOWNLOAD_CA") or "/dev/null",
        "DOWNLOAD_CA_INSIDE": "/run/download-ca.pem" if variables.optional("DOWNLOAD_CA") else "",
        "KAFKA_RETENTION_BYTES": str(broker.retention_bytes),
        "KAFKA_SEGMENT_BYTES": str(broker.segment_bytes),
        # Beyond the heap: a JVM's own memory, Python beside the driver, the worker process and its Python tasks.
        # The application's container also trains the models, beside a Python that seldom uses all of its share.
        "KAFKA_MEMORY_LIMIT": f"{kafka + 512}m",
        "HDFS_MEMORY_LIMIT": f"{hdfs + 300}m",
        "SPARK_APP_MEMORY_LIMIT": f"{driver + 768 + training}m",
        "SPARK_WORKER_MEMORY_LIMIT": f"{worker + 768}m",
    }


def forecast_folders(variables: settings.Variables) -> tuple[Path, Path, Path]:
    """The folders of the host that the Spark application writes to: both datasets and the models."""
    rain = forecast.dataset_folder(variables)
    return rain, forecast.temperatures_folder(rain), forecast.models_folder(variables)


def container_user() -> tuple[int, int]:
    """User and group of the containers that handle secrets: this user's, never root except with a rootless engine.

    A rootless engine maps this user to root inside a container, and this root has no rights beyond the user's.
    """
    if "name=rootless" in (output(["docker", "info", "--format", "{{.SecurityOptions}}"]) or ""):
        return 0, 0
    return (os.getuid(), os.getgid()) if os.geteuid() != 0 else (UNPRIVILEGED, UNPRIVILEGED)


def give_away(*paths: Path) -> None:
    """If root sets the stack up, make the user of the containers the owner of these paths."""
    if os.geteuid() == 0:
        user, group = container_user()
        for path in paths:
            os.chown(path, user, group)


def output(command: list[str]) -> str | None:
    """The standard output of a command, or None if it fails."""
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def _version_of(secrets: Path) -> str:
    """A digest of the secrets. If it changes, Compose recreates the containers that have old ones."""
    digest = hashlib.sha256()
    for file in (secrets / name for name in SECRETS):
        digest.update(file.read_bytes() if file.exists() else b"-")
    return digest.hexdigest()[:12]


def _files(variables: settings.Variables, source: str) -> dict[str, str]:
    """The common folder of a source's files (or the only file), and the files' paths in the streamer's container.

    The container has each path of the host below /data. Addresses stay as they are.
    """
    given = locations.read(variables, f"{source}_DATA")
    paths = [str(one.path) for one in given if one.path is not None] or [str(ROOT / "data")]
    inside = [f"/data{one.path}" if one.path is not None else one.addresses[0] for one in given]
    return {f"{source}_FOLDER": os.path.commonpath(paths), f"{source}_FILES": " ".join(map(shlex.quote, inside))}


def _address(host: str) -> str:
    """HOST as an IP address, because Compose publishes ports on addresses only."""
    try:
        return socket.gethostbyname(host)
    except OSError:
        raise SettingsError(f"HOST={host}: cannot resolve this name to an IPv4 address") from None


def _check_archive(uri: str) -> None:
    """Raise SettingsError if ARCHIVE_URI is a path of this machine, which a container cannot see."""
    if uri and "://" not in uri:
        raise SettingsError(
            f"ARCHIVE_URI={uri} is a path, but the consumers' containers can write only to CONSUMERS_DIR: "
            "leave ARCHIVE_URI empty to archive there, or set it to a URI such as webhdfs://host:9870/"
        )


def _certificates(file: str) -> str:
    """The text of a certificate file; "" if none is set."""
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="ascii").strip()
    except (OSError, ValueError) as error:
        raise SettingsError(f"IMAGE_BUILD_CA={file} is not a certificate file in PEM format: {error}") from None
