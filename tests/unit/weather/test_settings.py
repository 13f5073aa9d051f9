from __future__ import annotations

import re
from pathlib import Path

import pytest

from stack.common import environment as stack_environment
from stack.native import jars
from testing.environment import ROOT
from weather import settings
from weather.errors import SettingsError
from weather.settings import Variables, client_host, is_loopback, programs, seconds

GROUPS = (
    settings.Kafka,
    settings.Streamer,
    settings.InfluxDB,
    settings.Credentials,
    settings.Spark,
    settings.Consumers,
)


@pytest.mark.parametrize("group", GROUPS)
def test_settings_sh_sets_all_that_a_group_needs(group: type[settings.Kafka], variables: Variables) -> None:
    assert group.load(variables)


@pytest.mark.parametrize("value", [{}, {"KAFKA_TOPIC": ""}])
def test_a_missing_variable_is_named_with_what_to_do(value: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=r"KAFKA_TOPIC is not set: .*source settings\.sh"):
        Variables(value).text("KAFKA_TOPIC")


@pytest.mark.parametrize("value", ["x", "1.5", "0", "11", "-1"])
def test_a_number_must_be_whole_and_in_its_range(value: str) -> None:
    with pytest.raises(SettingsError, match=r"^N="):
        Variables({"N": value}).integer("N", 1, 10)


@pytest.mark.parametrize(("value", "good"), [("1", True), ("65535", True), ("0", False), ("65536", False)])
def test_a_port_lies_between_1_and_65535(value: str, good: bool) -> None:
    variables = Variables({"KAFKA_PORT": value})
    if good:
        assert variables.port("KAFKA_PORT") == int(value)
    else:
        with pytest.raises(SettingsError, match="KAFKA_PORT"):
            variables.port("KAFKA_PORT")


def test_a_flag_is_0_or_1() -> None:
    variables = Variables({"ON": "1", "OFF": "0", "ODD": "yes"})
    assert (variables.flag("ON"), variables.flag("OFF")) == (True, False)
    with pytest.raises(SettingsError, match="ODD='yes' is neither 0 nor 1"):
        variables.flag("ODD")


def test_what_a_child_process_gets_is_a_copy() -> None:
    variables = Variables({"A": "1"})
    variables.all()["A"] = "2"
    assert variables.text("A") == "1"


@pytest.mark.parametrize("host", ["0.0.0.0"])
def test_a_client_reaches_a_server_that_listens_everywhere_on_loopback(host: str) -> None:
    assert client_host(host) == "127.0.0.1"


def test_a_client_reaches_any_other_server_where_it_listens() -> None:
    assert client_host("192.168.1.7") == "192.168.1.7"


@pytest.mark.parametrize(
    ("host", "alone"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.7", False),
        ("meteo.example.org", False),
        ("", False),
    ],
)
def test_only_loopback_keeps_others_out(host: str, alone: bool) -> None:
    assert is_loopback(host) is alone


@pytest.mark.parametrize(
    ("text", "value"), [("0.05", 0.05), ("0", 0.0), (0, 0.0), (1.5, 1.5), (" 2 ", 2.0), ("1e-3", 0.001), ("+3", 3.0)]
)
def test_a_time_delta_is_a_number_of_seconds(text: str | float, value: float) -> None:
    assert seconds(text) == value


@pytest.mark.parametrize(
    "text", [None, "", "  ", "fast", "0,05", "-1", "-1e-9", "inf", "-inf", "nan", True, 10**400, -1]
)
def test_anything_else_is_no_time_delta(text: str | float | None) -> None:
    with pytest.raises(ValueError, match="time delta"):
        seconds(text)


def test_kafka_is_reached_at_the_host_or_where_a_container_is_told(environment: dict[str, str]) -> None:
    assert settings.Kafka.load(Variables(environment)) == settings.Kafka("127.0.0.1:9092", "meteo", 4)
    environment["KAFKA_BOOTSTRAP_SERVERS"] = "broker:29092"
    assert settings.Kafka.load(Variables(environment)).bootstrap_servers == "broker:29092"


def test_what_cannot_be_used_goes_beside_its_topic() -> None:
    assert settings.Kafka("", "meteo", 1).dead_letter_topic == "meteo.dlq"


def test_the_store_is_reached_at_the_host_or_where_a_container_is_told(environment: dict[str, str]) -> None:
    environment["HOST"] = "0.0.0.0"
    here = settings.InfluxDB.load(Variables(environment))
    assert (here.url, here.secrets) == ("http://127.0.0.1:8086", Path(environment["STACK_HOME"]) / "secrets")
    environment |= {"INFLUXDB_URL": "http://influxdb:8086", "SECRETS_DIR": "/run/secrets"}
    there = settings.InfluxDB.load(Variables(environment))
    assert (there.url, there.secrets) == ("http://influxdb:8086", Path("/run/secrets"))


def test_the_three_tokens_have_files_of_their_own(variables: Variables) -> None:
    influxdb = settings.InfluxDB.load(variables)
    files = [influxdb.admin_token_file, influxdb.write_token_file, influxdb.read_token_file]
    assert [f.name for f in files] == ["influxdb_admin_token", "influxdb_write_token", "influxdb_read_token"]
    assert {f.parent for f in files} == {influxdb.secrets}


def test_a_password_never_shows() -> None:
    assert "geheim" not in repr(settings.Credentials("admin", "geheim"))


def test_spark_looks_for_its_connector_where_native_mode_puts_it(variables: Variables) -> None:
    assert settings.Spark.load(variables).jars == jars.connector_folder(variables)


@pytest.mark.parametrize("program", programs.PROGRAMS)
def test_native_mode_hands_each_program_all_settings_it_reads(environment: dict[str, str], program: str) -> None:
    handed = {name: environment[name] for name in programs.of_program(program) if name in environment}
    for group in programs.PROGRAMS[program]:
        assert group.load(Variables(handed))


def test_every_setting_is_declared_and_every_declaration_is_a_setting(environment: dict[str, str]) -> None:
    declared = {name for each in programs.settings() for name in each.names if name not in each.instead}
    assert declared == set(re.findall(r'^: "\$\{(\w+):=', (ROOT / "settings.sh").read_text(), re.MULTILINE))


def test_what_containers_replace_is_taken_from_no_user() -> None:
    replaced = {name for each in programs.settings() for name in each.instead}
    assert replaced <= set(stack_environment.ONLY_IN_CONTAINERS)


def test_a_range_is_declared_once() -> None:
    kinds: dict[str, set[str]] = {}
    for each in programs.settings():
        if len(each.names) == 1:
            kinds.setdefault(each.names[0], set()).add(each.kind)
    assert {name: found for name, found in kinds.items() if len(found) > 1 and "whole number" in str(found)} == {}
