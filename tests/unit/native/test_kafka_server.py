from __future__ import annotations

import re
import uuid
from pathlib import Path

import pytest

from stack.common.steps import StepFailed
from stack.native.servers import kafka_server
from weather.settings import Variables

UUID_OF_22 = re.compile(r"[A-Za-z0-9_-]{22}")


def as_java_reads(text: str) -> dict[str, str]:
    """The properties that java.util.Properties finds in a file: Latin-1, with \\ as escape character."""
    seen = text.encode().decode("latin-1")
    plain = re.sub(r"\\(u[0-9a-f]{4}|.)", lambda m: chr(int(m[1][1:], 16)) if m[1][0] == "u" else m[1], seen)
    joined = plain.encode("utf-16-be", "surrogatepass").decode("utf-16-be")
    return dict(row.split("=", 1) for row in joined.splitlines())


def properties(environment: dict[str, str], data: str = "/data", **changes: str) -> dict[str, str]:
    return as_java_reads(kafka_server.server_properties(Variables(environment | changes), Path(data)))


def test_one_node_is_broker_and_controller_on_its_two_ports(environment: dict[str, str]) -> None:
    got = properties(environment, KAFKA_PORT="19092", KAFKA_CONTROLLER_PORT="19093")
    assert got["process.roles"] == "broker,controller"
    assert got["listeners"] == "PLAINTEXT://127.0.0.1:19092,CONTROLLER://127.0.0.1:19093"
    assert got["advertised.listeners"] == "PLAINTEXT://127.0.0.1:19092"
    assert got["controller.quorum.voters"] == "1@127.0.0.1:19093"


def test_a_broker_that_listens_everywhere_keeps_its_controller_and_its_address_on_loopback(
    environment: dict[str, str],
) -> None:
    got = properties(environment, HOST="0.0.0.0")
    assert got["listeners"] == "PLAINTEXT://0.0.0.0:9092,CONTROLLER://127.0.0.1:9093"
    assert got["advertised.listeners"] == "PLAINTEXT://127.0.0.1:9092"


def test_topics_are_made_by_the_streamer_alone_and_one_node_is_enough(environment: dict[str, str]) -> None:
    got = properties(environment, KAFKA_PARTITIONS="7")
    assert (got["auto.create.topics.enable"], got["num.partitions"]) == ("false", "7")
    single = ("offsets.topic.replication.factor", "transaction.state.log.replication.factor")
    assert {got[name] for name in (*single, "transaction.state.log.min.isr")} == {"1"}


@pytest.mark.parametrize(
    "folder", ["/a b/data", "/Téléchargements/data", "/наука/data", "/𝛑/data", "/a\\b/data", "/x=y:z"]
)
def test_java_finds_the_data_whatever_the_folder_is_called(environment: dict[str, str], folder: str) -> None:
    assert properties(environment, folder)["log.dirs"] == folder


def test_a_program_of_kafka_runs_with_the_heap_and_the_jars_of_the_settings(environment: dict[str, str]) -> None:
    command = kafka_server.java(
        Variables(environment | {"KAFKA_HEAP": "300m"}), Path("/jars"), ["-Da=b"], "kafka.Kafka", "a", "b c"
    )
    assert command[0] == "java" and "-Xmx300m" in command and "-Da=b" in command
    assert command[-5:] == ["-cp", "/jars/*", "kafka.Kafka", "a", "b c"]


@pytest.fixture
def java(environment: dict[str, str], tmp_path: Path) -> Path:
    """A `java` on the PATH that notes how it was called, and that formats the storage as Kafka does."""
    calls, program = tmp_path / "calls", tmp_path / "bin" / "java"
    data = tmp_path / "home" / "data" / "kafka"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> {calls}\nmkdir -p {data}\ntouch {data}/meta.properties\n')
    program.chmod(0o755)
    environment["PATH"] = f"{program.parent}:{environment['PATH']}"
    return calls


def test_empty_storage_is_formatted_once(variables: Variables, tmp_path: Path, java: Path) -> None:
    home = tmp_path / "home"
    written = kafka_server.prepare(variables, home)
    kafka_server.format_storage(variables, Path("/jars"), [], home)
    assert as_java_reads(written.read_text())["log.dirs"] == str(home / "data" / "kafka")
    kafka_server.format_storage(variables, Path("/jars"), [], home)
    (call,) = java.read_text().splitlines()
    formatting = re.search(r"kafka\.tools\.StorageTool format -t (\S+) -c (\S+)$", call)
    assert formatting and UUID_OF_22.fullmatch(formatting[1])
    assert formatting[2] == str(written)


def test_storage_that_cannot_be_formatted_fails_the_step_with_the_end_of_its_log(
    variables: Variables, tmp_path: Path, java: Path
) -> None:
    (tmp_path / "bin" / "java").write_text("#!/bin/sh\necho no room left\nexit 3\n")
    home = tmp_path / "home"
    kafka_server.prepare(variables, home)
    with pytest.raises(StepFailed, match=r"Kafka storage failed \(exit status 3\)[^$]*no room left"):
        kafka_server.format_storage(variables, Path("/jars"), [], home)


def test_a_cluster_id_is_never_mistaken_for_an_option() -> None:
    like_an_option, usable = uuid.UUID(bytes=b"\xf8" + bytes(15)), uuid.UUID(bytes=bytes(16))
    made = iter([like_an_option, usable])
    assert kafka_server.new_cluster_id(lambda: next(made)) == "A" * 22
