"""The broker's server.properties (KRaft, one node), its command line, and the formatting of empty storage."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Sequence
from pathlib import Path

from stack.common import environment
from stack.common.steps import run
from weather import settings
from weather.java import OPTIONS, SMALL
from weather.settings.servers import KafkaServer


def server_properties(variables: settings.Variables, data: Path) -> str:
    """The server.properties of a single node that is both broker and controller."""
    listen = variables.host()
    reach = settings.client_host(listen)
    server = KafkaServer.load(variables)
    broker, controller = variables.port("KAFKA_PORT"), variables.port("KAFKA_CONTROLLER_PORT")
    values = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@{reach}:{controller}",
        "listeners": f"PLAINTEXT://{listen}:{broker},CONTROLLER://{reach}:{controller}",
        "advertised.listeners": f"PLAINTEXT://{reach}:{broker}",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "log.dirs": data,
        "auto.create.topics.enable": "false",
        # One machine needs fewer threads than the server that Kafka's defaults are for.
        "num.network.threads": 1,
        "num.io.threads": 2,
        "num.recovery.threads.per.data.dir": 1,
        "log.retention.hours": server.retention_hours,
        "log.retention.bytes": server.retention_bytes,
        "log.segment.bytes": server.segment_bytes,
        "num.partitions": settings.Kafka.load(variables).partitions,
        "offsets.topic.num.partitions": 8,
        "offsets.topic.replication.factor": 1,
        "transaction.state.log.num.partitions": 8,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "group.initial.rebalance.delay.ms": 0,
    }
    return "".join(f"{name}={_java_text(str(value))}\n" for name, value in values.items())


def _java_text(text: str) -> str:
    """Escape a value of a .properties file, which Java reads as Latin-1 with \\ as its escape character."""
    units = text.replace("\\", "\\\\").encode("utf-16-be")
    pairs = (int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2))
    return "".join(chr(unit) if 32 <= unit < 127 else f"\\u{unit:04x}" for unit in pairs)


def java(
    variables: settings.Variables, jars: Path, options: Sequence[str], main_class: str, *arguments: str
) -> list[str]:
    """The command line of one of Kafka's programs, with further options of Java."""
    heap = f"-Xmx{variables.text('KAFKA_HEAP')}"
    quiet = [
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ssZ",
    ]
    return ["java", *OPTIONS, heap, *SMALL, *options, *quiet, "-cp", f"{jars}/*", main_class, *arguments]


def new_cluster_id(new_uuid: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """A random UUID as Kafka writes it: URL-safe Base64, and never with a leading "-", which would mark an option."""
    while True:
        text = base64.urlsafe_b64encode(new_uuid().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def prepare(variables: settings.Variables, home: Path) -> Path:
    """Write server.properties. Return its path."""
    properties = _properties(home)
    properties.parent.mkdir(parents=True, exist_ok=True)
    properties.write_text(server_properties(variables, _data(home)), encoding="utf-8")
    return properties


def format_storage(variables: settings.Variables, jars: Path, options: Sequence[str], home: Path) -> None:
    """Format empty storage, as the broker refuses it otherwise; after `prepare`. Raise StepFailed if that fails."""
    if not (_data(home) / "meta.properties").exists():
        arguments = ["format", "-t", new_cluster_id(), "-c", str(_properties(home))]
        command = java(variables, jars, options, "kafka.tools.StorageTool", *arguments)
        run("Kafka storage", command, home / "logs" / "setup.log", environment.of_process(variables))


def _properties(home: Path) -> Path:
    return home / "run" / "kafka.properties"


def _data(home: Path) -> Path:
    return home / "data" / "kafka"
