"""Broker, HDFS, archive and Grafana are configured as in native mode."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stack.common import profiles
from stack.docker.mode import ComposeMode
from stack.native.servers import hdfs_servers, kafka_server
from testing.environment import ROOT, settings_environment
from tests.contract.compose.files import MAIN, Service, in_container, read
from weather import java, settings
from weather.errors import SettingsError


def test_the_broker_is_configured_as_in_native_mode(services: dict[str, Service], environment: dict[str, str]) -> None:
    native = kafka_server.server_properties(settings.Variables(environment), Path("/data"))
    in_docker = {
        name.removeprefix("KAFKA_").lower().replace("_", "."): value
        for name, value in services["broker"]["environment"].items()
        if not name.endswith("_OPTS")
    }
    differ = re.compile(r"listener|quorum|log\.dirs")
    same = {k: v for k, v in (line.split("=", 1) for line in native.splitlines()) if not differ.search(k)}
    assert {k: v for k, v in in_docker.items() if not differ.search(k)} == same
    assert services["broker"]["environment"]["KAFKA_HEAP_OPTS"] == f"-Xmx{environment['KAFKA_HEAP']}"


def test_the_jvms_of_the_servers_have_the_same_options_as_in_native_mode(services: dict[str, Service]) -> None:
    options = " ".join(java.SMALL)
    assert services["broker"]["environment"]["KAFKA_JVM_PERFORMANCE_OPTS"] == options
    for name in ("spark-master", "spark-worker"):
        given = services[name]["environment"]
        assert given["SPARK_LAUNCHER_OPTS"] == options
        classes = java.class_data(in_the_image("SPARK_CLASS_DATA"))
        assert given["SPARK_DAEMON_JAVA_OPTS"] == " ".join([options, *classes])


def in_the_image(name: str) -> Path:
    """A path that the Dockerfile of Spark sets."""
    [value] = re.findall(rf"\b{name}=(\S+)", (ROOT / "spark_app" / "Dockerfile").read_text("utf-8"))
    return Path(value)


def test_hdfs_is_configured_as_in_native_mode(services: dict[str, Service], environment: dict[str, str]) -> None:
    native = hdfs_servers.configuration(settings.Variables(environment), Path("/data"))
    addresses = re.compile(r"address|hostname|defaultFS|bind-host|\.dir$")
    for name in ("namenode", "datanode"):
        given = services[name]["environment"]
        in_docker = {key.partition(".XML_")[2]: value for key, value in given.items() if ".XML_" in key}
        assert set(in_docker) == set(native)
        assert {k: v for k, v in in_docker.items() if not addresses.search(k)} == {
            k: v for k, v in native.items() if not addresses.search(k)
        }
        assert given["HADOOP_HEAPSIZE_MAX"] == environment["HDFS_HEAP"]


def test_the_data_node_listens_on_the_ports_that_it_tells_its_clients(environment: dict[str, str]) -> None:
    numbers = {name: str(20000 + n) for n, (name, of) in enumerate(profiles.PORTS.items()) if of == "datanode"}
    datanode = read(environment | numbers, MAIN)["services"]["datanode"]
    assert {(port["published"], str(port["target"])) for port in datanode["ports"]} == {
        (number, number) for number in numbers.values()
    }
    listening = {value.rpartition(":")[2] for key, value in datanode["environment"].items() if "dfs.datanode." in key}
    assert set(numbers.values()) <= listening


def test_an_empty_storage_of_the_name_node_is_formatted_once(services: dict[str, Service]) -> None:
    given = services["namenode"]["environment"]
    kept = given["HDFS-SITE.XML_dfs.namenode.name.dir"].removeprefix("file://")
    assert given["ENSURE_NAMENODE_DIR"] == f"{kept}/current"
    assert "ENSURE_NAMENODE_DIR" not in services["datanode"]["environment"]


def test_the_archive_is_in_the_hdfs_of_its_profile(environment: dict[str, str]) -> None:
    def archive(**changes: str) -> str:
        services = read(environment | changes, MAIN)["services"]
        return settings.Consumers.load(in_container(services, "parquet")).archive

    assert archive() == ""
    assert archive(STACK_PROFILES="consumers, hdfs") == "webhdfs://hadoop@namenode:9870/"
    assert archive(STACK_PROFILES="consumers,hdfs", ARCHIVE_URI="webhdfs://boss:9870/") == "webhdfs://boss:9870/"
    namenode = read(environment, MAIN)["services"]["namenode"]
    assert 9870 in {port["target"] for port in namenode["ports"]}


def test_an_archive_that_no_container_sees_is_refused() -> None:
    given = settings.Variables(settings_environment(ARCHIVE_URI="/archive"))
    with pytest.raises(SettingsError, match="ARCHIVE_URI=/archive is a path"):
        ComposeMode(given).environment()


def test_grafana_gets_the_same_variables_as_in_native_mode(services: dict[str, Service]) -> None:
    provisioning = "\n".join(f.read_text() for f in (ROOT / "grafana" / "provisioning").rglob("*.yml"))
    asked_for = set(re.findall(r"\$(?:__env)?\{?([A-Z][A-Z0-9_]+)\}?", provisioning))
    exported = set(re.findall(r"export (\w+)", " ".join(services["grafana"]["entrypoint"])))
    given = set(services["grafana"]["environment"]) | exported
    assert asked_for
    assert asked_for <= given
