from __future__ import annotations

import stat
from pathlib import Path

import pytest

from stack.common import kept_settings
from tests.unit.stack.shells import sourced, tool
from weather.settings import Variables

ODD = """it's "a" $HOME `b`; c"""


@pytest.fixture
def chosen(environment: dict[str, str]) -> Variables:
    """The default settings but for three, of which one is hard to quote."""
    return Variables(environment | {"STREAM_SOURCE": "sql", "KAFKA_PORT": "19092", "INFLUXDB_PASS": ODD})


def home_of(variables: Variables) -> Path:
    return Path(variables.text("STACK_HOME"))


def test_what_differs_from_the_defaults_is_kept(chosen: Variables) -> None:
    kept_settings.keep(chosen)
    kept = kept_settings.kept(home_of(chosen))
    assert {name: kept[name] for name in ("STREAM_SOURCE", "KAFKA_PORT", "INFLUXDB_PASS")} == {
        "STREAM_SOURCE": "sql", "KAFKA_PORT": "19092", "INFLUXDB_PASS": ODD,
    }  # fmt: skip
    assert not {"STACK_HOME", "KAFKA_TOPIC"} & set(kept)
    assert stat.S_IMODE((home_of(chosen) / kept_settings.FILE).stat().st_mode) == 0o600


def test_a_later_set_up_replaces_what_an_earlier_one_kept(chosen: Variables) -> None:
    kept_settings.keep(chosen)
    kept_settings.keep(Variables(chosen.all() | {"STREAM_SOURCE": "meteofrance"}))
    kept = kept_settings.kept(home_of(chosen))
    assert "STREAM_SOURCE" not in kept and kept["KAFKA_PORT"] == "19092"


def test_no_password_is_shown(chosen: Variables) -> None:
    assert kept_settings.taken(chosen) == {}
    kept_settings.keep(chosen)
    taken = kept_settings.taken(chosen)
    assert (taken["STREAM_SOURCE"], taken["INFLUXDB_PASS"]) == ("sql", "***")
    assert "STREAM_SOURCE" not in kept_settings.taken(Variables(chosen.all() | {"STREAM_SOURCE": "uscrn"}))


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_reads_it_before_the_defaults_and_after_the_environment(
    chosen: Variables, tmp_path: Path, shell: str
) -> None:
    kept_settings.keep(Variables(chosen.all() | {"HOST": "127.0.0.9"}))
    home = {"STACK_HOME": chosen.text("STACK_HOME"), "STACK_DEFAULTS": ""}
    script = '. "$ROOT/settings.sh"; . "$ROOT/settings.sh"; printenv STREAM_SOURCE KAFKA_PORT INFLUXDB_PASS HOST'
    assert sourced(tool(shell), script, tmp_path, **home).splitlines() == ["sql", "19092", ODD, "127.0.0.9"]
    mine = home | {"KAFKA_PORT": "29092", "HOST": "127.0.0.1"}
    assert sourced(tool(shell), script, tmp_path, **mine).splitlines() == ["sql", "29092", ODD, "127.0.0.1"]
    emptied = sourced(tool(shell), script, tmp_path, **home | {"STREAM_SOURCE": ""}).splitlines()
    assert emptied[0] == "meteofrance", "an empty variable stands for the default"
    forgotten = sourced(tool(shell), script, tmp_path, **home | {"STACK_DEFAULTS": "1"}).splitlines()
    assert forgotten == ["meteofrance", "9092", "adminvaldom", "127.0.0.1"]
