"""settings.sh, sourced by bash and zsh."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from testing.environment import ROOT
from tests.unit.stack.shells import STATE, sourced, tool


@pytest.mark.parametrize("options", ["", "set -euo pipefail"])
def test_settings_sourced_twice_are_the_same_and_change_nothing_else(shell: str, tmp_path: Path, options: str) -> None:
    script = (
        f'{STATE} state 0; . "$ROOT/settings.sh"; state 1; . "$ROOT/settings.sh"; state 2; echo "${{_stack_root-gone}}"'
    )
    assert sourced(shell, script, tmp_path, options) == "gone\n"
    variables, set_options, folders = (
        [(tmp_path / f"{number}.{kind}").read_text() for number in range(3)]
        for kind in ("variables", "options", "folder")
    )
    assert variables[0] != variables[1] == variables[2]
    assert len(set(set_options)) == len(set(folders)) == 1


def setting_names() -> list[str]:
    return re.findall(r'^: "\$\{(\w+):=', (ROOT / "settings.sh").read_text(), flags=re.MULTILINE)


def test_bash_and_zsh_read_the_same_settings(tmp_path: Path) -> None:
    script = '. "$ROOT/settings.sh"; printenv ' + " ".join(setting_names())
    in_bash, in_zsh = (sourced(tool(name), script, tmp_path).splitlines() for name in ("bash", "zsh"))
    assert len(in_bash) == len(setting_names())
    assert in_bash == in_zsh


def test_every_setting_is_exported_and_nothing_else(defaults: dict[str, str]) -> None:
    assert set(defaults) - {"PATH", "HOME", "PWD", "OLDPWD", "SHLVL", "_"} == set(setting_names())


def test_every_setting_has_a_comment_of_one_line() -> None:
    rows = [row for row in (ROOT / "settings.sh").read_text().splitlines() if row.startswith(': "')]
    assert len(rows) > 30
    assert [row for row in rows if not re.fullmatch(r': "\$\{\w+:=.*\}" +# \S.*', row)] == []


def test_a_variable_of_the_environment_wins(shell: str, tmp_path: Path) -> None:
    own = {"KAFKA_PORT": "19092", "STREAMING_TIME_DELTA": "0", "INFLUXDB_PASS": "a b'c", "METEO_DATA": "/x y/H.csv"}
    script = '. "$ROOT/settings.sh"; . "$ROOT/settings.sh"; printenv ' + " ".join(own)
    assert sourced(shell, script, tmp_path, **own).splitlines() == list(own.values())


@pytest.mark.parametrize("name", ["METEO_DATA", "STACK_HOME", "STACK_CACHE"])
def test_a_relative_path_stays_where_it_was_given(shell: str, tmp_path: Path, name: str) -> None:
    script = f'. "$ROOT/settings.sh"; cd /; . "$ROOT/settings.sh"; printenv {name}'
    assert sourced(shell, script, tmp_path, **{name: "my data/x"}) == f"{tmp_path}/my data/x\n"


def test_settings_find_their_checkout_from_any_folder(shell: str, tmp_path: Path) -> None:
    said = sourced(shell, '. "$ROOT/settings.sh"; printenv STACK_HOME METEO_DATA', tmp_path).splitlines()
    assert said == [str(ROOT / ".stack"), str(ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz")]


@pytest.mark.parametrize(("given", "host"), [({}, "127.0.0.1"), ({"HOST": "0.0.0.0"}, "0.0.0.0")])
def test_host_is_loopback_unless_it_is_exported(shell: str, tmp_path: Path, given: dict[str, str], host: str) -> None:
    script = '. "$ROOT/settings.sh"; printenv HOST; . "$ROOT/settings.sh"; printenv HOST; echo "$HOST"'
    assert sourced(shell, script, tmp_path, **given).splitlines() == [host] * 3
