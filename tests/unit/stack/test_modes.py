from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from socketserver import UnixStreamServer
from xmlrpc.server import SimpleXMLRPCDispatcher, SimpleXMLRPCRequestHandler

import pytest

from stack import modes
from weather.errors import SettingsError
from weather.settings import Variables

Docker = Callable[..., None]


@pytest.fixture
def docker(tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Docker:
    """Puts a `docker` on the PATH: whether its engine answers, whether it knows Compose, which services run."""
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    environment["PATH"] = f"{program.parent}:{environment['PATH']}"
    monkeypatch.setenv("PATH", environment["PATH"])

    def install(engine: bool = True, compose: bool = True, running: tuple[str, ...] = ()) -> None:
        rows = [{"Service": s, "Name": f"weather-{s}-1", "State": "running", "Health": "healthy"} for s in running]
        listing = "\n".join(json.dumps(row) for row in rows)
        program.write_text(
            f"#!/bin/sh\ncase \"$*\" in\n*' ps '*) echo '{listing}';;\n"
            f"info*) exit {int(not engine)};;\n'compose version'*) exit {int(not compose)};;\nesac\n"
        )
        program.chmod(0o755)

    install(engine=False)
    return install


class Handler(SimpleXMLRPCRequestHandler):
    """XML-RPC on a Unix socket."""

    disable_nagle_algorithm = False


class SupervisorDouble(UnixStreamServer, SimpleXMLRPCDispatcher):
    """What a running supervisord answers."""

    logRequests = False

    def __init__(self, socket: Path) -> None:
        SimpleXMLRPCDispatcher.__init__(self)
        UnixStreamServer.__init__(self, str(socket), Handler)
        self.register_function(lambda: {"statecode": 1, "statename": "RUNNING"}, "supervisor.getState")


@pytest.fixture
def native_runs(environment: dict[str, str]) -> Iterator[None]:
    """A supervisor that runs under STACK_HOME."""
    socket = Path(environment["STACK_HOME"]) / "run" / "supervisor.sock"
    socket.parent.mkdir(parents=True)
    with SupervisorDouble(socket) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield
        server.shutdown()
        thread.join()


def remember(variables: Variables, name: str) -> None:
    modes.remember(variables, modes.choose(variables, name))


@pytest.mark.parametrize(
    ("engine", "compose", "name"),
    [(True, True, "docker"), (False, True, "native"), (True, False, "native"), (False, False, "native")],
)
def test_docker_is_chosen_where_its_engine_and_compose_answer(
    docker: Docker, variables: Variables, engine: bool, compose: bool, name: str
) -> None:
    docker(engine, compose)
    assert modes.choose(variables).name == name


def test_a_machine_without_docker_is_native(
    variables: Variables, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert modes.choose(variables).name == "native"


@pytest.mark.parametrize("asked_for", ["docker", "native"])
def test_a_mode_that_is_asked_for_is_taken(docker: Docker, variables: Variables, asked_for: str) -> None:
    docker(engine=asked_for == "native")
    assert modes.choose(variables, asked_for).name == asked_for


@pytest.mark.parametrize("name", ["docker", "native"])
def test_the_mode_of_the_last_set_up_is_remembered(docker: Docker, variables: Variables, name: str) -> None:
    assert modes.remembered(variables) == ""
    remember(variables, name)
    docker(engine=name == "native")
    assert modes.remembered(variables) == name
    assert modes.choose(variables).name == name


def test_each_home_remembers_its_own_mode(docker: Docker, environment: dict[str, str], tmp_path: Path) -> None:
    remember(Variables(environment), "docker")
    assert modes.remembered(Variables(environment | {"STACK_HOME": str(tmp_path / "other")})) == ""


@pytest.mark.usefixtures("native_runs")
def test_docker_is_refused_while_the_stack_runs_natively(docker: Docker, variables: Variables) -> None:
    docker()
    remember(variables, "native")
    with pytest.raises(SettingsError, match=r"runs in native mode: run \./clean\.sh first, .* --docker"):
        modes.choose(variables, "docker")
    assert modes.choose(variables, "native").name == "native"
    assert modes.choose(variables).name == "native"


def test_native_is_refused_while_the_stack_runs_in_docker(docker: Docker, variables: Variables) -> None:
    docker(running=("broker",))
    remember(variables, "docker")
    with pytest.raises(SettingsError, match=r"runs in docker mode: run \./clean\.sh first, .* --native"):
        modes.choose(variables, "native")
    assert modes.choose(variables, "docker").name == "docker"


def test_the_other_mode_is_taken_where_nothing_runs_any_more(docker: Docker, variables: Variables) -> None:
    docker()
    for kept, asked_for in (("docker", "native"), ("native", "docker")):
        remember(variables, kept)
        assert modes.choose(variables, asked_for).name == asked_for


@pytest.mark.usefixtures("native_runs")
def test_a_native_stack_is_up_while_its_supervisor_answers(variables: Variables, environment: dict[str, str]) -> None:
    assert modes.choose(variables, "native").is_up()
    (Path(environment["STACK_HOME"]) / "run" / "supervisor.sock").unlink()
    assert not modes.choose(variables, "native").is_up()


def test_a_docker_stack_is_up_while_a_container_runs(docker: Docker, variables: Variables) -> None:
    docker(running=("broker", "influxdb"))
    assert modes.choose(variables, "docker").is_up()
    docker(running=())
    assert not modes.choose(variables, "docker").is_up()
