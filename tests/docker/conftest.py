"""The engine, its base images, and one stack in Docker mode."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from testing.docker import base_images
from testing.docker.docker_stack import DockerStack
from testing.docker.engine import Engine, running_engine
from testing.environment import settings_environment
from weather import settings


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """An engine with base images: an own one with the stand-ins, or the machine's, which pulls the official ones."""
    with running_engine() as found:
        if found.own:
            base_images.load(found, settings.Variables(settings_environment()))
        yield found


@pytest.fixture(scope="package")
def stack(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DockerStack]:
    """A copy of the project; its containers, volumes, networks and images are gone when the folder's tests are done."""
    made = DockerStack(tmp_path_factory.mktemp("my stack"), engine)
    yield made
    made.run("./clean.sh", "--yes")
    made.remove_images()


def pytest_report_header(config: pytest.Config) -> str:
    """Say plainly what runs in the containers of others."""
    return "docker mode: an engine of the machine runs the official images; one started here as root runs stand-ins"
