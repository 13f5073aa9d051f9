"""One Compose project: its command lines, its containers and their logs."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from stack.common.environment import ROOT
from stack.common.steps import StepFailed, run
from stack.docker import environment
from weather import settings

FILES = ("docker-compose.yml", "docker-compose.monitor.yml")

Container = dict[str, Any]


def name_of(variables: settings.Variables) -> str:
    """The name of the project of a STACK_HOME, so that its volumes and its secrets always belong together."""
    digest = hashlib.sha256(variables.text("STACK_HOME").encode()).hexdigest()[:8]
    return variables.optional("COMPOSE_PROJECT_NAME") or f"weather-{digest}"


class Project:
    """The containers of one stack. `variables` returns the environment of the compose files."""

    def __init__(self, name: str, log: Path, variables: Callable[[], dict[str, str]]) -> None:
        self.name = name
        self._log = log
        self._variables = variables

    def command(self, *arguments: str) -> list[str]:
        """The Compose command line for this project."""
        where = [word for file in FILES for word in ("--file", str(ROOT / file))]
        return ["docker", "compose", "--project-name", self.name, *where, "--profile", "*", *arguments]

    def once(self, *arguments: str) -> list[str]:
        """The command line that runs a program of a service in a container of its own, which is then removed."""
        return self.command("run", "--rm", "--no-deps", "-T", *arguments)

    def run(self, title: str, *arguments: str) -> None:
        """Run a Compose command with its output in the log of the set-up. Raise StepFailed if it fails."""
        run(title, self.command("--progress", "plain", *arguments), self._log, env=self._variables(), cwd=ROOT)

    def containers(self) -> list[Container]:
        """What `docker compose ps` reports for each container. Raise StepFailed if no engine answers."""
        command = ["docker", "compose", "--project-name", self.name, "ps", "--all", "--format", "json"]
        try:
            result = subprocess.run(command, capture_output=True, text=True, check=False)
        except OSError as error:
            raise StepFailed(f"cannot run docker: {error.strerror}") from None
        if result.returncode != 0:
            raise StepFailed(f"docker compose ps failed: {result.stderr.strip()}")
        return [json.loads(line) for line in result.stdout.splitlines() if line.startswith("{")]

    def logs(self, service: str) -> str:
        """The command that shows a log. It names the project, so it works in any folder and without the settings."""
        return f"docker compose --project-name {self.name} logs {service}"

    def last_lines_of_failed(self, services: Sequence[str]) -> str:
        """The last lines of the logs of those services that are not healthy."""
        failed = [c["Service"] for c in self.containers() if (c["State"], c["Health"]) != ("running", "healthy")]
        text = ""
        for service in [name for name in services if name in failed]:
            command = ["docker", "compose", "--project-name", self.name, "logs", "--tail", "15", service]
            text += f"\nthe log of {service} (`{self.logs(service)}`) ends with:\n{environment.output(command)}"
        return text
