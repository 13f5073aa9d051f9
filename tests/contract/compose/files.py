"""The compose files and our Dockerfiles, read as Compose and Docker read them."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from stack.common import profiles
from testing.environment import ROOT
from tests.tools import go_programs
from weather import settings

MAIN, MONITOR = ROOT / "docker-compose.yml", ROOT / "docker-compose.monitor.yml"
VARIABLE = re.compile(r"(?<!\$)\$\{(\w+)(:?[-?+][^}]*)?\}")
OURS = {"datastream": ROOT / "datastream" / "Dockerfile", "spark-master": ROOT / "spark_app" / "Dockerfile"}
ONE_SHOT = {"setup"}
Service = dict[str, Any]


def config(environment: dict[str, str], *files: Path, profiles: bool = True) -> subprocess.CompletedProcess[str]:
    """`docker compose config` over these files, with every profile on."""
    where = [word for file in files for word in ("--file", str(file))]
    every = ["--profile", "*"] if profiles else []
    command = [*go_programs.compose(), *where, *every, "config", "--format", "json"]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def read(environment: dict[str, str], *files: Path) -> dict[str, Any]:
    """The project as Compose understands it."""
    result = config(environment, *files)
    assert result.returncode == 0, result.stderr
    project = yaml.safe_load(result.stdout)
    assert isinstance(project, dict)
    return project


def variables_of(file: Path) -> set[str]:
    """The ${VARIABLES} of a compose file, comments left out."""
    lines = [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    return {match[1] for match in VARIABLE.finditer("\n".join(lines))}


def names_in_settings() -> set[str]:
    return set(re.findall(r'^: "\$\{(\w+):=', (ROOT / "settings.sh").read_text(), re.MULTILINE))


def copied(dockerfile: Path) -> Iterator[str]:
    """The paths of the project that a Dockerfile copies."""
    for line in re.sub(r"\\\n", " ", dockerfile.read_text()).splitlines():
        words = line.split()
        if words[:1] == ["COPY"] and not words[1].startswith("--from"):
            yield from (word for word in words[1:-1] if not word.startswith("--"))


def commands(services: dict[str, Service]) -> Iterator[tuple[str, str]]:
    """Service → the words that it runs, health check included."""
    for name, service in services.items():
        words = [*(service.get("entrypoint") or []), *(service.get("command") or [])]
        yield name, " ".join([*words, *service.get("healthcheck", {}).get("test", [])])
    for name, dockerfile in OURS.items():
        yield name, " ".join(re.findall(r'"([^"]*)"', re.findall(r"^CMD (.*)$", dockerfile.read_text(), re.M)[-1]))


def in_container(services: dict[str, Service], name: str) -> settings.Variables:
    """The environment of a container of ours: the image's, the service's, and what its command exports.

    The description of a table, which is read with the settings, is that of the host.
    """
    dockerfile = OURS["spark-master" if name.startswith("spark") else "datastream"]
    image = dict(re.findall(r"(\w+)=(/\S+)", dockerfile.read_text()))
    exported = dict.fromkeys(re.findall(r"export (\w+)", dict(commands(services))[name]), "from a file")
    given = services[name]["environment"]
    mounted = {one["target"]: one["source"] for one in services[name].get("volumes", []) if one["type"] == "bind"}
    read_at_once = {key: mounted[given[key]] for key in ("CSV_DESCRIPTION",) if key in given}
    return settings.Variables(image | given | read_at_once | exported)


def ports(services: dict[str, Service]) -> Iterator[dict[str, Any]]:
    for service in services.values():
        yield from service.get("ports", [])


PROFILE_PORTS = {name: service for name, service in profiles.PORTS.items() if service in profiles.services()}
