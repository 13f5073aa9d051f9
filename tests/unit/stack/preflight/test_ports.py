"""Ports that are taken, and by whom."""

from __future__ import annotations

import os
import re

import pytest

from stack import preflight
from stack.common.ports import Owner
from testing.doubles import ListedMode
from testing.environment import free_port
from weather.settings import Variables


def test_a_taken_port_is_told_with_its_owner_and_its_setting(environment: dict[str, str], taken: int) -> None:
    mode = ListedMode(ports=["KAFKA_PORT", "INFLUXDB_PORT"])
    variables = Variables(environment | {"INFLUXDB_PORT": str(taken), "KAFKA_PORT": str(free_port())})
    (problem,) = preflight.port_problems(variables, mode)
    pattern = rf"port {taken} is taken by process {os.getpid()} \(.+\): stop it, or set INFLUXDB_PORT to another port"
    assert re.fullmatch(pattern, problem)


def test_a_port_that_the_running_stack_holds_itself_is_no_problem(environment: dict[str, str], taken: int) -> None:
    mode = ListedMode(ports=["INFLUXDB_PORT"], mine=["INFLUXDB_PORT"])
    assert list(preflight.port_problems(Variables(environment | {"INFLUXDB_PORT": str(taken)}), mode)) == []
    ((setting, owner),) = mode.asked_about
    assert (setting, owner.pid) == ("INFLUXDB_PORT", os.getpid())


def test_a_taken_port_whose_owner_may_not_be_seen_is_told_too(
    environment: dict[str, str], taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.common.ports.owner", lambda port: Owner(None, ""))
    mode = ListedMode(ports=["KAFKA_PORT"])
    (problem,) = preflight.port_problems(Variables(environment | {"KAFKA_PORT": str(taken)}), mode)
    assert problem.startswith(f"port {taken} is taken by another program: stop it, or set KAFKA_PORT")


def test_an_address_of_another_machine_is_told_once(environment: dict[str, str]) -> None:
    mode = ListedMode(ports=["KAFKA_PORT", "INFLUXDB_PORT"])
    (problem,) = preflight.port_problems(Variables(environment | {"HOST": "192.0.2.1"}), mode)
    assert problem.startswith("HOST=192.0.2.1, KAFKA_PORT=9092: cannot listen there: ")


def test_ports_are_not_tried_while_the_settings_are_wrong(environment: dict[str, str], taken: int) -> None:
    variables = Variables(environment | {"KAFKA_PORT": str(taken), "KAFKA_HEAP": "much"})
    assert not any("is taken" in p for p in preflight.all_problems(variables, ListedMode(ports=["KAFKA_PORT"])))
