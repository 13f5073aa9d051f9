"""The project as Compose understands it, with the settings of a machine where nothing is set."""

from __future__ import annotations

from typing import Any

import pytest

from testing.environment import settings_environment
from tests.contract.compose.files import MAIN, MONITOR, Service, read


@pytest.fixture(scope="package")
def environment() -> dict[str, str]:
    """What settings.sh makes of an environment without settings."""
    return settings_environment()


@pytest.fixture(scope="package")
def project(environment: dict[str, str]) -> dict[str, Any]:
    return read(environment, MAIN, MONITOR)


@pytest.fixture(scope="package")
def services(project: dict[str, Any]) -> dict[str, Service]:
    found = project["services"]
    assert isinstance(found, dict)
    return found
