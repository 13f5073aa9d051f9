"""The two modes behind one interface, and the choice between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from stack.common import home
from stack.common.ports import Owner
from stack.docker.environment import output
from stack.docker.mode import ComposeMode
from stack.native.mode import NativeMode
from weather import settings
from weather.errors import SettingsError


class LifeCycle(Protocol):
    """Installs, starts and stops a stack. Each method may be called again at any time."""

    def install(self) -> None: ...

    def start_store(self) -> None: ...

    def start_servers(self, application: bool) -> None: ...

    def provision(self) -> None: ...

    def submit(self) -> None: ...

    def prepare_next_start(self) -> None: ...

    def batch_command(
        self, module: str, arguments: list[str], folders: list[Path]
    ) -> tuple[list[str], dict[str, str]]: ...

    def tool_command(self, module: str, arguments: list[str]) -> tuple[list[str], dict[str, str]]: ...

    def wait_for_application(self) -> None: ...

    def stop_components(self, *names: str) -> None: ...

    def stop(self) -> None: ...

    def remove_data(self) -> None: ...


class Inspection(Protocol):
    """Answers questions about a stack and its machine; changes nothing."""

    def is_up(self) -> bool: ...

    def states(self) -> dict[str, str]: ...

    def problems(self) -> Iterator[str]: ...

    def port_settings(self) -> list[str]: ...

    def owns(self, setting: str, owner: Owner) -> bool: ...

    def serves_dashboards(self) -> bool: ...

    def log_of(self, component: str) -> str: ...


class Mode(LifeCycle, Inspection, Protocol):
    """One of the two ways to run the stack: native processes, or containers."""

    name: str


def docker_answers() -> bool:
    """Whether a Docker engine answers and Compose v2 is installed."""
    return all(output(command) is not None for command in (["docker", "info"], ["docker", "compose", "version"]))


def choose(variables: settings.Variables, asked_for: str = "") -> Mode:
    """The mode asked for, else the one this STACK_HOME was set up in, else Docker if it answers, else native.

    Raise SettingsError if the stack still runs in the other mode.
    """
    kept = remembered(variables)
    if asked_for and kept and kept != asked_for and _make(kept, variables).is_up():
        raise SettingsError(
            f"this stack runs in {kept} mode: run ./clean.sh first, then ./build_setup.sh --{asked_for}"
        )
    name = asked_for or kept or ("docker" if docker_answers() else "native")
    return _make(name, variables)


def remember(variables: settings.Variables, mode: Mode) -> None:
    """Store the mode for the other scripts."""
    home.mark(Path(variables.text("STACK_HOME")), mode.name)


def remembered(variables: settings.Variables) -> str:
    """The mode this STACK_HOME was set up in; "" if there is none."""
    return home.mode_of(Path(variables.text("STACK_HOME")))


def _make(name: str, variables: settings.Variables) -> Mode:
    return ComposeMode(variables) if name == "docker" else NativeMode(variables)
