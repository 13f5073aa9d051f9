"""Class-data-sharing archives of Kafka's and Spark's Java classes: with them JVMs start in less CPU time.

They are made once per machine, after the first set-up, from the classes that a broker and a small Spark application
load (`spark_app.class_data`). A JVM ignores an archive that is missing or does not fit its Java and its class path.
"""

from __future__ import annotations

import hashlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from stack.common import environment, health
from stack.common.environment import ROOT
from stack.common.steps import StepFailed, run, wait_until
from stack.native.servers import kafka_server
from weather import settings
from weather.settings.servers import Stack

KAFKA, SPARK = "kafka.jsa", "spark.jsa"
LOCAL = "127.0.0.1"
TRAINING = ROOT / "spark_app" / "class_data"


def folder(variables: settings.Variables, *parts: Path) -> Path:
    """The folder of the archives; its name depends on Java and on the folders of the classes."""
    digest = hashlib.sha256(_java(environment.of_process(variables)).encode())
    for part in parts:
        digest.update(str(part).encode() + b"\0")
    for file in sorted(TRAINING.glob("*.py")):
        digest.update(file.read_bytes())
    return Path(variables.text("STACK_CACHE")) / f"class-data-{digest.hexdigest()[:12]}"


def make(
    made: Path, variables: settings.Variables, python: Path, kafka_jars: Path, connector_jars: Path, log: Path
) -> None:
    """Fill the folder. `python` has pyspark. Raise StepFailed if a program fails."""
    with tempfile.TemporaryDirectory(prefix="class-data-") as temporary:
        home = Path(temporary)
        own = _with_free_ports(variables, home)
        with _broker(own, kafka_jars, [f"-XX:ArchiveClassesAtExit={made / KAFKA}"], home) as address:
            command = [str(python), "-m", "spark_app.class_data.archive", str(made / SPARK)]
            command += ["--jars", str(connector_jars), "--kafka", address]
            its_environment = environment.of_process(own) | {"PYTHONPATH": str(ROOT), "TMPDIR": temporary}
            run("class archive of Spark", command, log, its_environment)
    if not (made / KAFKA).exists():
        raise StepFailed("class archive of Kafka: the broker wrote none when it ended")


@contextmanager
def _broker(variables: settings.Variables, jars: Path, options: list[str], home: Path) -> Iterator[str]:
    """A broker with empty storage: yield its address."""
    properties = kafka_server.prepare(variables, home)
    kafka_server.format_storage(variables, jars, [], home)
    command = kafka_server.java(variables, jars, options, "kafka.Kafka", str(properties))
    silent, at = subprocess.DEVNULL, health.Addresses(variables)
    process = subprocess.Popen(command, env=environment.of_process(variables), stdout=silent, stderr=silent)
    try:
        wait_until(
            "Kafka",
            lambda: health.kafka(at),
            Stack.load(variables).start_timeout,
            lambda: "the broker has ended" if process.poll() is not None else "",
        )
        yield f"{at.host}:{at.kafka_port}"
    finally:
        process.terminate()
        process.wait()


def _with_free_ports(variables: settings.Variables, home: Path) -> settings.Variables:
    with socket.socket() as one, socket.socket() as other:
        ports = []
        for probe in (one, other):
            probe.bind((LOCAL, 0))
            ports.append(str(probe.getsockname()[1]))
    broker, controller = ports
    return settings.Variables(
        variables.all()
        | {"HOST": LOCAL, "STACK_HOME": str(home), "KAFKA_PORT": broker, "KAFKA_CONTROLLER_PORT": controller}
    )


def _java(its_environment: Mapping[str, str]) -> str:
    """What identifies the Java on the PATH: its folder, and size and time of its own classes."""
    found = shutil.which("java", path=its_environment.get("PATH"))
    if found is None:
        return ""
    home = Path(found).resolve().parents[1]
    modules = home / "lib" / "modules"
    state = modules.stat() if modules.exists() else None
    return f"{home} {state.st_size} {state.st_mtime_ns}" if state else str(home)
