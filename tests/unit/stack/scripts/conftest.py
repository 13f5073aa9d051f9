"""Both shells, and the environment of a user who has set nothing."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from testing.environment import free_port
from tests.unit.stack.shells import tool
from weather.settings import programs


@pytest.fixture(params=["bash", "zsh"])
def shell(request: pytest.FixtureRequest) -> str:
    return tool(request.param)


@pytest.fixture
def clean(environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has set nothing, on ports where nobody listens."""
    ports = {name: str(free_port()) for name in programs.ports()}
    places = {"HOME": str(tmp_path), "STACK_HOME": environment["STACK_HOME"], "STACK_CACHE": environment["STACK_CACHE"]}
    return {"PATH": os.environ["PATH"], "PYTHON": sys.executable, "LANG": "C.UTF-8", **places, **ports}
