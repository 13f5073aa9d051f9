"""A copy of the project in a temporary folder, run in Docker mode as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from stack.docker.mode import ComposeMode
from testing.docker.base_images import build_settings
from testing.docker.engine import Engine
from testing.running_stack import RunningStack

IMAGES = ("datastream", "spark")
"""The images that the project builds, by the last word of their name."""


class DockerStack(RunningStack):
    """One stack of containers, on free ports of loopback, in an engine of the machine or of the tests."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        super().__init__(folder)
        self.engine = engine
        self.environment |= engine.environment
        if engine.own:
            self.environment |= build_settings(folder.parent)

    @property
    def project(self) -> str:
        """The name of the Compose project."""
        return ComposeMode(self.variables).project

    def compose(self, *arguments: str) -> str:
        """The output of `docker compose` with this project's name, as a user without the settings calls it."""
        return self.engine.docker("compose", "--project-name", self.project, *arguments)

    def containers(self, service: str = "") -> list[dict[str, Any]]:
        """What `docker inspect` reports for this project's containers, or one service's, including stopped ones."""
        label = f"label=com.docker.compose.service={service}" if service else "label=com.docker.compose.service"
        project = f"label=com.docker.compose.project={self.project}"
        ids = self.engine.docker("ps", "--all", "--quiet", "--filter", project, "--filter", label).split()
        return list(json.loads(self.engine.docker("inspect", *ids))) if ids else []

    def container(self, service: str) -> dict[str, Any]:
        """One container of a service."""
        return self.containers(service)[0]

    def started(self) -> dict[str, str]:
        """Name of a container → when it was started."""
        return {found["Name"]: found["State"]["StartedAt"] for found in self.containers()}

    def inside(self, container: dict[str, Any], command: str) -> str:
        """The output of a shell command in a container."""
        return self.engine.docker("exec", container["Id"], "sh", "-c", command)

    def image(self, name: str) -> str:
        """The name of an image of ours."""
        return f"{self.project}-{name}"

    def remove_images(self) -> None:
        """Remove our images from an engine that does not belong to the tests."""
        self.engine.docker("image", "rm", "--force", *(self.image(name) for name in IMAGES))

    def left_behind(self) -> list[str]:
        """The containers, volumes and networks of this project that still exist."""
        project = f"label=com.docker.compose.project={self.project}"
        found = []
        for kind, every in (("container", ["--all"]), ("volume", []), ("network", [])):
            found += self.engine.docker(kind, "ls", *every, "--quiet", "--filter", project).split()
        return found
