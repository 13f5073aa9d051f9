"""The same stack disturbed: services restarted and killed, and the store complete after all that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from testing.docker.docker_stack import DockerStack
from testing.environment import eventually
from testing.running_stack import assert_same_points, expected_points
from tests.docker.containers import HEAL_TIMEOUT, SERVICES, SHIPPED, kill_all_processes, restarts

IN_CI = ("broker", "datastream")
"""The services that every run kills; ./run_tests.sh docker kills and restarts each."""


def long(service: str) -> Any:
    """A parameter that only the whole suite takes."""
    return pytest.param(service, marks=pytest.mark.long)


@pytest.mark.long
@pytest.mark.parametrize("service", SERVICES)
def test_a_restarted_service_is_taken_back(stack: DockerStack, service: str) -> None:
    stack.set_delta(0.05)
    with rows_go_on_after(stack, service):
        stack.compose("restart", service)


@pytest.mark.parametrize("service", [service if service in IN_CI else long(service) for service in SERVICES])
def test_a_service_killed_with_9_is_healed_by_its_restart_policy(stack: DockerStack, service: str) -> None:
    """Every process in the container but its init, which then ends as the service did."""
    container = stack.container(service)
    with rows_go_on_after(stack, service):
        kill_all_processes(stack, container)
        eventually(lambda: restarts(stack, service) > container["RestartCount"], f"{service} was started again")


@contextmanager
def rows_go_on_after(stack: DockerStack, service: str) -> Iterator[None]:
    """After the block everything becomes healthy again, and rows are written again."""
    before = restarts(stack, "spark-app")
    yield
    if service == "spark-master":  # a new master ends the executors that it does not know
        eventually(lambda: restarts(stack, "spark-app") > before, "the application begins anew", HEAL_TIMEOUT)
    eventually(lambda: stack.run("./status.sh").returncode == 0, "everything is healthy again", HEAL_TIMEOUT)
    written = stack.rows_written()
    eventually(lambda: stack.rows_written() > written, "rows are written again", HEAL_TIMEOUT)


@pytest.mark.long
def test_what_docker_kill_ended_stays_down_until_build_setup_completes_the_stack(stack: DockerStack) -> None:
    """`docker kill` counts as a person's wish: Docker then leaves its restart policy aside."""
    for service in SERVICES:
        stack.engine.docker("kill", stack.container(service)["Id"])
    assert stack.run("./status.sh").returncode == 1
    assert {stack.container(service)["State"]["Status"] for service in SERVICES} == {"exited"}
    stack.must("./build_setup.sh")
    assert stack.run("./status.sh").returncode == 0
    assert stack.status()["state"] == "running"


def test_after_all_that_the_store_holds_exactly_what_the_file_holds(stack: DockerStack) -> None:
    stack.set_delta(0)
    eventually(lambda: stack.status()["state"] == "finished", "the file is streamed")
    expected = expected_points(SHIPPED)
    eventually(lambda: stack.count() == len(expected), "every point is written")
    assert_same_points(stack.points(), expected)
