"""Ports, copies, health, logs, waiting, images and memory of the services."""

from __future__ import annotations

import re
from typing import Any

from stack.docker import mode as compose
from stack.native.mode import PORTS as NATIVE_PORTS
from testing.environment import ROOT, settings_environment
from tests.contract.compose.files import (
    MAIN,
    MONITOR,
    ONE_SHOT,
    OURS,
    PROFILE_PORTS,
    Service,
    names_in_settings,
    ports,
    read,
)


def test_every_port_is_published_on_host_only() -> None:
    services = read(settings_environment(HOST="127.0.0.9"), MAIN, MONITOR)["services"]
    found = list(ports(services))
    assert len(found) == len(compose.PORTS) + len(PROFILE_PORTS)
    assert {port["host_ip"] for port in found} == {"127.0.0.9"}


def test_the_published_ports_are_those_of_native_mode() -> None:
    numbers = {name: str(20000 + n) for n, name in enumerate([*NATIVE_PORTS, *PROFILE_PORTS])}
    services = read(settings_environment(**numbers), MAIN, MONITOR)["services"]
    published = {
        name: service
        for service, found in services.items()
        for port in found.get("ports", [])
        for name, number in numbers.items()
        if port["published"] == number
    }
    assert published == compose.PORTS | PROFILE_PORTS
    inside = {"KAFKA_CONTROLLER_PORT"}  # with containers, nobody outside the broker's speaks to it
    assert set(compose.PORTS) == set(NATIVE_PORTS) - inside
    assert {name: compose.COMPONENTS[compose.PORTS[name]] for name in compose.PORTS} == {
        name: component for name, component in NATIVE_PORTS.items() if name not in inside
    }


def test_a_worker_can_be_scaled(services: dict[str, Service], environment: dict[str, str]) -> None:
    assert "ports" not in services["spark-worker"]
    assert not any("container_name" in service for service in services.values())
    three = read(environment | {"SPARK_WORKER_NUMBER": "3"}, MAIN)["services"]["spark-worker"]
    assert 3 in (three.get("scale"), three.get("deploy", {}).get("replicas"))


def test_every_lasting_service_has_a_health_check_restarts_and_rotates_its_log(services: dict[str, Service]) -> None:
    for name in set(services) - ONE_SHOT:
        service = services[name]
        assert service["healthcheck"]["test"][0] in ("CMD", "CMD-SHELL"), name
        assert service["restart"] == "unless-stopped", name
    for name, service in services.items():
        assert {"max-size", "max-file"} <= set(service["logging"]["options"]), name
        assert int(service["mem_limit"]) <= 2 * 2**30, name


def test_services_wait_for_the_health_of_what_they_need(services: dict[str, Service]) -> None:
    waits = {name: set(service.get("depends_on", {})) for name, service in services.items()}
    assert waits == {
        "broker": set(), "influxdb": set(), "spark-master": set(), "spark-worker": {"spark-master"},
        "setup": {"influxdb"}, "datastream": {"broker"}, "grafana": {"influxdb"}, "kafka-ui": {"broker"},
        "spark-app": {"broker", "influxdb", "spark-master", "spark-worker"},
        "debug": {"broker"}, "station-stats": {"broker"}, "month-stats": {"broker"}, "parquet": {"broker"},
        "database": set(), "weather-generator": {"database"}, "namenode": set(), "datanode": {"namenode"},
    }  # fmt: skip
    for service in services.values():
        assert {need["condition"] for need in service.get("depends_on", {}).values()} <= {"service_healthy"}


def test_images_are_the_pinned_ones_of_the_settings_or_ours(
    services: dict[str, Service], environment: dict[str, str], project: dict[str, Any]
) -> None:
    pinned = {environment[name] for name in names_in_settings() if name.endswith("_IMAGE")}
    for image in pinned:
        assert re.fullmatch(r"[\w./-]+:[\w.-]*\d[\w.-]*", image), f"{image} has no version"
    ours = {f"{project['name']}-datastream", f"{project['name']}-spark"}
    assert {service["image"] for service in services.values()} | {environment["PYTHON_IMAGE"],
            environment["MAVEN_IMAGE"]} == pinned | ours  # fmt: skip
    assert {service["image"] for service in services.values() if "build" in service} == ours
    for dockerfile in OURS.values():
        sources = re.findall(r"^FROM (\S+)", dockerfile.read_text(), re.MULTILINE)
        assert set(sources) <= {"${PYTHON_IMAGE}", "${MAVEN_IMAGE}"}


def test_images_hold_the_spark_that_its_connector_is_for(environment: dict[str, str]) -> None:
    pins = (ROOT / "requirements" / "constraints.txt").read_text().splitlines()
    assert f"pyspark=={environment['SPARK_VERSION']}" in pins


def test_the_documents_state_the_sum_of_the_memory_limits(services: dict[str, Service]) -> None:
    lasting = [service for name, service in services.items() if name not in ONE_SHOT and "profiles" not in service]
    copies = [service.get("scale") or service.get("deploy", {}).get("replicas", 1) for service in lasting]
    total = sum(int(service["mem_limit"]) * number for service, number in zip(lasting, copies, strict=True))
    assert f"{total / 2**30:.1f} GiB" in (ROOT / "docs" / "operations.md").read_text()
