from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from stack.common.steps import StepFailed
from stack.native import debian, influxd, install, jars, venv
from stack.native.cache import ensure, is_complete
from stack.native.install import Installation
from testing.doubles import PATIENCE
from testing.environment import ROOT
from tests.unit.native.installed import program_that_says
from weather.settings import Variables

A_MOMENT = 0.2
"""What a maker that does not wait for the other one needs, many times over."""

MAKE_SLOWLY = """
import sys
from pathlib import Path
from stack.native.cache import ensure
folder, gate = Path(sys.argv[1]), Path(sys.argv[2])

def make(made):
    (made / "half").write_text("by the process")
    print("inside", flush=True)
    gate.read_text()
    (made / "whole").write_text("by the process")

ensure(folder, make)
"""


def make_whole(folder: Path) -> None:
    (folder / "whole").write_text("by the test")


class OtherProcess:
    """A process that is in the middle of filling the folder."""

    def __init__(self, folder: Path, gate: Path) -> None:
        self._gate = gate
        os.mkfifo(gate)
        self.process = subprocess.Popen(
            [sys.executable, "-c", MAKE_SLOWLY, str(folder), str(gate)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"inside\n"

    def go_on(self) -> None:
        self._gate.write_text("")
        self.process.communicate(timeout=PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=PATIENCE)


def test_a_folder_is_filled_once(tmp_path: Path) -> None:
    made: list[Path] = []
    for _ in range(2):
        assert ensure(tmp_path / "cache" / "jars", made.append) == tmp_path / "cache" / "jars"
    assert made == [tmp_path / "cache" / "jars"]
    assert is_complete(tmp_path / "cache" / "jars")


def test_what_failed_is_made_again_from_nothing(tmp_path: Path) -> None:
    def fail_half_way(folder: Path) -> None:
        (folder / "half").touch()
        raise StepFailed("no network")

    with pytest.raises(StepFailed, match="no network"):
        ensure(tmp_path / "jars", fail_half_way)
    assert not is_complete(tmp_path / "jars")
    ensure(tmp_path / "jars", make_whole)
    assert sorted(file.name for file in (tmp_path / "jars").iterdir()) == [".complete", "whole"]


def test_what_a_killed_process_left_is_made_again_from_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    OtherProcess(folder, tmp_path / "gate").kill()
    assert (folder / "half").exists() and not is_complete(folder)
    ensure(folder, make_whole)
    assert sorted(file.name for file in folder.iterdir()) == [".complete", "whole"]


def test_who_comes_while_another_process_fills_the_folder_waits_and_takes_what_it_made(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    other = OtherProcess(folder, tmp_path / "gate")
    second = threading.Thread(target=ensure, args=(folder, make_whole))
    second.start()
    second.join(A_MOMENT)
    waits = second.is_alive()
    other.go_on()
    second.join(PATIENCE)
    assert waits and not second.is_alive()
    assert (folder / "whole").read_text() == "by the process"


def test_of_many_threads_one_fills_the_folder(tmp_path: Path) -> None:
    together, makers = threading.Barrier(8), []

    def ask() -> None:
        together.wait(PATIENCE)
        ensure(tmp_path / "jars", lambda folder: makers.append(threading.get_ident()))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert len(makers) == 1


def test_who_waited_for_one_who_failed_makes_it(tmp_path: Path) -> None:
    folder = tmp_path / "jars"
    other = OtherProcess(folder, tmp_path / "gate")
    second = threading.Thread(target=ensure, args=(folder, make_whole))
    second.start()
    second.join(A_MOMENT)
    other.kill()
    second.join(PATIENCE)
    assert is_complete(folder)
    assert (folder / "whole").read_text() == "by the test"


@pytest.fixture
def nothing_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))


def complete(folder: Path) -> None:
    ensure(folder, lambda made: None)


@pytest.mark.usefixtures("nothing_on_the_path")
def test_only_what_is_needed_for_what_is_missing_is_asked_of_debian(variables: Variables) -> None:
    assert install.missing_debian_packages(variables) == [
        "cargo-web", "gcc", "libc6-dev", "maven", "openjdk-17-jre-headless", "pkg-config", "procps", "rustc-web",
    ]  # fmt: skip
    complete(influxd.folder(variables))
    assert install.missing_debian_packages(variables) == ["maven", "openjdk-17-jre-headless", "procps"]
    complete(jars.kafka_folder(variables))
    complete(jars.connector_folder(variables))
    assert install.missing_debian_packages(variables) == ["openjdk-17-jre-headless", "procps"]


@pytest.mark.usefixtures("nothing_on_the_path")
def test_an_influxd_that_is_named_needs_no_tools(environment: dict[str, str]) -> None:
    packages = install.missing_debian_packages(Variables(environment | {"INFLUXD": "/bin/true"}))
    assert packages == ["maven", "openjdk-17-jre-headless", "procps"]


def test_who_is_not_root_gets_the_exact_command(
    variables: Variables, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    command = "sudo apt-get update && sudo apt-get install -y --no-install-recommends maven gcc"
    with pytest.raises(StepFailed, match=f"packages are missing; install them with: {command}$"):
        debian.install_packages(["maven", "gcc"], variables, tmp_path / "log")


def test_influxd_is_the_one_that_is_named_else_the_one_on_the_path(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert influxd.find(Variables(environment)) is None
    on_the_path, named = tmp_path / "influxd", tmp_path / "mine"
    for program in (on_the_path, named):
        program.touch(0o755)
    assert influxd.find(Variables(environment)) == on_the_path
    assert influxd.find(Variables(environment | {"INFLUXD": str(named)})) == named


@pytest.mark.parametrize("name", ["nowhere", "folder", "text"])
def test_an_influxd_that_cannot_be_run_is_an_error(environment: dict[str, str], tmp_path: Path, name: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "text").touch(0o644)
    with pytest.raises(StepFailed, match=f"INFLUXD={tmp_path / name} is not an executable file"):
        influxd.find(Variables(environment | {"INFLUXD": str(tmp_path / name)}))


@pytest.mark.usefixtures("nothing_on_the_path")
def test_a_build_without_its_tools_names_them_and_the_other_way(tmp_path: Path) -> None:
    with pytest.raises(StepFailed) as error:
        influxd.build(tmp_path, "2.7.12", {}, tmp_path / "log")
    assert all(tool.problem() in str(error.value) for tool in influxd.TOOLS)
    assert "cargo 1.72 or newer is missing, rustc 1.72 or newer is missing, gcc is missing" in str(error.value)
    assert "set INFLUXD" in str(error.value)


@pytest.mark.usefixtures("nothing_on_the_path")
def test_jars_without_maven_name_it(variables: Variables, tmp_path: Path) -> None:
    installation = Installation(variables, tmp_path / "log")
    for make in (installation.kafka_jars, installation.connector_jars):
        with pytest.raises(StepFailed, match="mvn is missing: install the Debian package maven"):
            make()


def test_another_version_is_another_folder(environment: dict[str, str]) -> None:
    one, other = Variables(environment), Variables(environment | {"KAFKA_VERSION": "0", "SPARK_VERSION": "0"})
    assert jars.kafka_folder(one) != jars.kafka_folder(other)
    assert jars.connector_folder(one) != jars.connector_folder(other)


def test_a_complete_virtual_environment_is_taken_and_each_set_of_packages_has_its_own(
    variables: Variables, environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(venv, "make", lambda folder, files, log: made.append(folder.name))
    installation = Installation(variables, tmp_path / "log")
    for files in (("native.txt",), ("native.txt", "tests.txt"), ("native.txt",)):
        assert installation.python(files).is_relative_to(environment["STACK_CACHE"])
    assert [name.rpartition("-")[0] for name in made] == ["venv-native", "venv-native-tests"]


def test_grafana_is_looked_for_where_the_settings_say_then_on_the_path(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "grafana-12" / "bin"))
    assert Installation(Variables(environment), tmp_path).grafana() is None
    named = Installation(Variables(environment | {"GRAFANA_HOME": "/opt/grafana"}), tmp_path)
    assert named.grafana() == Path("/opt/grafana")


@pytest.mark.parametrize(("version", "own"), [("go1.19.8", False), ("go1.23.0", True), ("go1.26.6", True)])
def test_influxd_is_built_with_this_machines_go_if_it_is_new_enough_else_with_the_one_of_pypi(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, own: bool
) -> None:
    program_that_says(tmp_path / "bin", "go", f"go version {version} linux/amd64")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    packages = tmp_path / "venv" / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    monkeypatch.setattr(Installation, "python", lambda self, files: tmp_path / "venv" / "bin" / "python")
    variables = Variables(environment | {"PATH": os.environ["PATH"]})
    found = Installation(variables, tmp_path / "log").go()
    assert found["GOTOOLCHAIN"] == "local"
    assert found["PATH"] == (os.environ["PATH"] if own else f"{packages / 'go' / 'bin'}:{os.environ['PATH']}")
    assert found.get("GOROOT") == (None if own else str(packages / "go"))
