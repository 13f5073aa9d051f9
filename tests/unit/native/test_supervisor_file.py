from __future__ import annotations

import configparser
import shlex
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from supervisor.options import ServerOptions  # type: ignore[import-untyped]

from stack.native import components
from stack.native.components import Components
from stack.native.mode import NativeMode
from stack.native.supervision.component import Component
from stack.native.supervision.supervisor import Supervisor, misread
from tests.unit.native.installed import InstalledBefore
from weather.settings import Variables

Written = Callable[..., Path]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "my stack"


@pytest.fixture
def written(home: Path) -> Written:
    """Writes the configuration of these components and returns its file."""

    def write(*these: Component) -> Path:
        Supervisor(home).configure(list(these))
        return home / "run" / "supervisord.conf"

    return write


def as_supervisord_reads(file: Path) -> tuple[ServerOptions, dict[str, Any]]:
    """supervisord's own options, and program → its configuration."""
    options = ServerOptions()
    options.realize(args=["-c", str(file)])
    programs = [program for group in options.process_group_configs for program in group.process_configs]
    return options, {program.name: program for program in programs}


def test_a_program_that_ends_by_itself_is_not_started_again(written: Written) -> None:
    _, programs = as_supervisord_reads(written(Component("once", ["true"], once=True), Component("kafka", ["java"])))
    assert (programs["once"].autorestart, programs["once"].startsecs) == (False, 0)
    assert (programs["kafka"].autorestart is not False, programs["kafka"].startsecs) == (True, 2)


def test_only_the_owner_can_read_the_file(written: Written) -> None:
    file = written(Component("kafka", ["java"], {"SECRET": "x"}))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_everything_of_supervisord_lies_in_the_home_and_answers_its_owner_only(written: Written, home: Path) -> None:
    options, _ = as_supervisord_reads(written())
    assert (options.logfile, options.pidfile) == (f"{home}/logs/supervisord.log", f"{home}/run/supervisord.pid")
    assert (options.directory, options.childlogdir) == (str(home), f"{home}/logs")
    (server,) = options.server_configs
    assert (server["file"], server["chmod"]) == (f"{home}/run/supervisor.sock", 0o700)


@pytest.mark.parametrize(
    "word",
    ["a b", "50%", "%(here)s", "$HOME", "it's", 'say "x"', "a\\b", "a;b", "a#b", "*", "", "--x=1,2", "été", "'", "\\"],
)
def test_each_word_of_a_command_arrives_as_it_is(written: Written, word: str) -> None:
    _, programs = as_supervisord_reads(written(Component("p", ["/bin/a program", "-x", word, "last"])))
    assert shlex.split(programs["p"].command) == ["/bin/a program", "-x", word, "last"]


@pytest.mark.parametrize(
    "value", ["", "a b", "50%", "%(here)s", "a,b", "a=b", "a;b", "$HOME", "it's", "a\\b", "été", "[x]"]
)
def test_each_value_of_an_environment_arrives_as_it_is(written: Written, value: str) -> None:
    _, programs = as_supervisord_reads(written(Component("p", ["x"], {"ONE": value, "TWO": "2"})))
    assert programs["p"].environment == {"ONE": value, "TWO": "2"}


def test_a_program_is_started_by_us_restarted_when_it_dies_and_its_log_is_rotated(written: Written, home: Path) -> None:
    _, programs = as_supervisord_reads(written(Component("kafka", ["java"], stop_seconds=30)))
    kafka = programs["kafka"]
    assert (kafka.autostart, kafka.autorestart.__name__) == (False, "RestartUnconditionally")
    assert (kafka.stopwaitsecs, kafka.stopsignal.name) == (30, "SIGTERM")
    assert (kafka.stdout_logfile, kafka.redirect_stderr) == (f"{home}/logs/kafka.log", True)
    assert (kafka.stdout_logfile_maxbytes, kafka.stdout_logfile_backups) == (10 * 2**20, 2)


@pytest.mark.parametrize("alone", [True, False])
def test_a_signal_goes_to_the_whole_group_unless_the_program_hands_it_on_itself(written: Written, alone: bool) -> None:
    _, programs = as_supervisord_reads(written(Component("spark-app", ["x"], hand_on_signals=alone)))
    assert (programs["spark-app"].stopasgroup, programs["spark-app"].killasgroup) == (not alone, not alone)


def test_the_file_is_written_anew_each_time(written: Written) -> None:
    written(Component("old", ["x"]), Component("kafka", ["x"]))
    assert list(as_supervisord_reads(written(Component("kafka", ["y"])))[1]) == ["kafka"]


@pytest.fixture
def all_components(
    environment: dict[str, str], home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[Component]:
    """The components of native mode with three workers, in a home with a space; the broker is not formatted."""
    environment |= {
        "STACK_HOME": str(home),
        "SPARK_WORKER_NUMBER": "3",
        "INFLUXDB_PASS": "geheim-1",
        "GRAFANA_PASS": "geheim-2",
    }
    (home / "data" / "kafka").mkdir(parents=True)
    (home / "data" / "kafka" / "meta.properties").touch()
    return Components(Variables(environment), InstalledBefore(tmp_path)).all()  # type: ignore[arg-type]


def test_every_component_arrives_as_it_was_meant(written: Written, all_components: list[Component]) -> None:
    _, programs = as_supervisord_reads(written(*all_components))
    assert list(programs) == sorted(component.name for component in all_components)
    for component in all_components:
        assert shlex.split(programs[component.name].command) == component.command
        assert (programs[component.name].environment or {}) == component.environment


def test_components_are_those_of_the_flow_with_as_many_workers_as_asked_for(all_components: list[Component]) -> None:
    assert [component.name for component in all_components] == [
        "kafka", "influxdb", "spark-master", "spark-worker-1", "spark-worker-2", "spark-worker-3", "datastream",
        "spark-app", "class-data", "grafana",
    ]  # fmt: skip


def test_no_password_is_in_the_file(written: Written, all_components: list[Component]) -> None:
    assert "geheim" not in written(*all_components).read_text()


def test_changed_code_is_a_changed_program(
    tmp_path: Path, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for package in ("weather", "datastream"):
        (tmp_path / package / "__pycache__").mkdir(parents=True)
        (tmp_path / package / "a.py").write_text("1")
    monkeypatch.setattr(components, "ROOT", tmp_path)
    builder = Components(Variables(environment), InstalledBefore(tmp_path))  # type: ignore[arg-type]
    before = builder.datastream()
    (tmp_path / "weather" / "__pycache__" / "a.pyc").write_text("compiled")
    assert builder.datastream() == before
    (tmp_path / "weather" / "a.py").write_text("2")
    assert builder.datastream() != before


def test_the_file_is_one_that_configparser_reads_too(written: Written, all_components: list[Component]) -> None:
    parser = configparser.RawConfigParser(strict=True)
    parser.read(written(*all_components))
    assert {f"program:{component.name}" for component in all_components} < set(parser.sections())


@pytest.mark.parametrize("value", ['a"b', "it's", "a ;b", "C #1", "two\nlines"])
def test_what_the_file_cannot_carry_is_known(value: str) -> None:
    assert misread(value)


@pytest.mark.parametrize("value", ["/data/a b/C#1.csv", "100%", "a;b", "é"])
def test_what_the_file_can_carry_arrives_as_it_is(written: Written, value: str) -> None:
    assert not misread(value)
    _, programs = as_supervisord_reads(written(Component("p", ["true"], {"VALUE": value})))
    assert programs["p"].environment["VALUE"] == value


def test_a_password_with_quotes_is_fine_as_it_reaches_no_supervised_process(environment: dict[str, str]) -> None:
    changed = environment | {"INFLUXDB_PASS": 'it\'s "mine" ; #1', "GRAFANA_PASS": "a 'b'"}
    assert [text for text in NativeMode(Variables(changed)).problems() if "not allowed in native mode" in text] == []
    assert any("METEO_DATA" in text for text in NativeMode(Variables(environment | {"METEO_DATA": "/a'b"})).problems())
