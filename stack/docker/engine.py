"""Whether a Docker engine and Compose are there that can run the stack."""

from __future__ import annotations

import re

from stack.docker.environment import output

MIN_COMPOSE = (2, 24)


def problem() -> str:
    """What is missing or too old; "" if nothing is."""
    if output(["docker", "info", "--format", "{{.ServerVersion}}"]) is None:
        return "no Docker engine answers `docker info`: start one, or run ./build_setup.sh --native"
    version = output(["docker", "compose", "version", "--short"])
    numbers = tuple(int(number) for number in re.findall(r"\d+", version or "")[:2])
    if numbers < MIN_COMPOSE:
        oldest = ".".join(map(str, MIN_COMPOSE))
        return f"Docker Compose v{oldest} or newer is needed; found {version or 'none'}"
    return ""
