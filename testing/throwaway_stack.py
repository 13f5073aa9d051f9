"""A temporary stack for a benchmark: in either mode, with an empty store and free ports, removed after the block."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from testing.docker import base_images
from testing.docker.engine import running_engine
from testing.environment import ROOT, free_port, settings_environment
from weather import settings
from weather.settings import programs

MODES = ("native", "docker")

Environment = dict[str, str]


def machine() -> str:
    """One line that describes the machine of the measurement."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"


@contextmanager
def prepared(mode: str) -> Iterator[Environment]:
    """Yield the environment of this mode's stacks; for Docker mode with an engine that has all images."""
    if mode == "native":
        # Otherwise the first stack would make the archives in the background, and use CPU time that is not its own.
        command = [sys.executable, "-m", "stack.native.install", "class-data"]
        subprocess.run(command, cwd=ROOT, env=settings_environment(), check=True, stdout=subprocess.DEVNULL)
        yield dict(os.environ)
        return
    with running_engine() as engine:
        environment = engine.all()
        with tempfile.TemporaryDirectory(prefix="weather-") as folder:
            if engine.own:
                base_images.load(engine, settings.Variables(settings_environment()))
                environment |= base_images.build_settings(Path(folder))
            with started(mode, environment):  # builds the images; the engine keeps their layers
                pass
            yield environment


@contextmanager
def started(mode: str, environment: Environment) -> Iterator[Environment]:
    """Start an empty stack and yield its environment."""
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        ours = environment | {"STACK_HOME": f"{folder}/stack"} | {name: str(free_port()) for name in programs.ports()}
        try:
            subprocess.run([ROOT / "build_setup.sh", f"--{mode}"], env=ours, check=True, stdout=subprocess.DEVNULL)
            yield ours
        finally:
            subprocess.run([ROOT / "clean.sh", "--yes"], env=ours, check=True, stdout=subprocess.DEVNULL)
