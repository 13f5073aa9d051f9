"""MariaDB in native mode, as far as it needs no server."""

from __future__ import annotations

from pathlib import Path

import pytest

from stack.common import profiles
from stack.common.steps import StepFailed
from stack.native import install
from stack.native.servers import mariadb
from weather import settings
from weather.errors import SettingsError
from weather.settings import Variables, programs


def names(variables: Variables) -> set[str]:
    return set(profiles.chosen(variables))


def test_the_password_is_quoted_and_everything_may_be_run_again(variables: Variables) -> None:
    lines = mariadb.statements(settings.Database.load(variables), r"a'b\c").split(";\n")
    assert lines[0] == "CREATE DATABASE IF NOT EXISTS `CS544`"
    assert lines[2] == r"ALTER USER `weather`@`%` IDENTIFIED BY 'a\'b\\c'"
    assert [line.split()[0] for line in lines] == ["CREATE", "CREATE", "ALTER", "GRANT"]


def test_no_password_stands_on_the_command_line(variables: Variables, tmp_path: Path) -> None:
    file = profiles.keep_sql_password(variables)
    command = mariadb.command(variables, tmp_path, file)
    assert not [word for word in command if file.read_text().strip() in word]
    assert f"--bind-address={variables.host()}" in command


def test_a_machine_without_mariadb_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(mariadb, "FOLDERS_OF_ROOT", ())
    assert not mariadb.is_installed()
    with pytest.raises(StepFailed, match=r"mariadbd is missing: install MariaDB .*mariadb-server-core.*SQL_HOST"):
        mariadb.program(mariadb.SERVERS)


@pytest.mark.parametrize("changes", [{"STREAM_SOURCE": "sql"}, {"STACK_PROFILES": "sql"}])
def test_its_packages_are_asked_for_where_the_database_is_started_only(
    environment: dict[str, str], changes: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mariadb, "is_installed", lambda: False)
    assert set(mariadb.PACKAGES) <= set(install.missing_debian_packages(Variables(environment | changes)))
    assert not set(mariadb.PACKAGES) & set(install.missing_debian_packages(Variables(environment)))


def test_source_sql_brings_its_database_along_unless_it_is_somebody_elses(environment: dict[str, str]) -> None:
    assert names(Variables(environment)) == set()
    sql = environment | {"STREAM_SOURCE": "sql"}
    assert (
        names(Variables(sql)) == {"database", "weather-generator"} == names(Variables(sql | {"STACK_PROFILES": "sql"}))
    )
    assert names(Variables(sql | {"SQL_HOST": "db.example.org"})) == set()


def test_the_password_is_made_once_and_a_given_one_takes_its_place(environment: dict[str, str]) -> None:
    file = profiles.keep_sql_password(Variables(environment))
    made = file.read_text()
    assert profiles.keep_sql_password(Variables(environment)).read_text() == made
    assert file.stat().st_mode & 0o777 == 0o600
    profiles.keep_sql_password(Variables(environment | {"SQL_PASS": "mine"}))
    assert file.read_text() == "mine\n"


def test_the_streamer_reaches_a_database_of_ones_own(environment: dict[str, str]) -> None:
    variables = Variables(environment | {"STREAM_SOURCE": "sql", "SQL_HOST": "db.example.org"})
    assert "SQL_HOST" in programs.of_program("datastream")
    assert settings.Database.load(variables).host == "db.example.org"


def test_an_unknown_profile_is_told_with_those_there_are(environment: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match="no profile is called spqr; there are"):
        profiles.chosen(Variables(environment | {"STACK_PROFILES": "sql, spqr"}))
