"""Settings that are wrong, each told once and before anything starts."""

from __future__ import annotations

import re

import pytest

from testing.environment import ROOT
from tests.unit.stack.preflight.problems import setting_problems
from weather.settings import programs

OWN_PASSWORDS = {"INFLUXDB_PASS": "a-long-one", "GRAFANA_PASS": "another"}


def test_every_number_and_switch_is_checked_before_anything_starts(environment: dict[str, str]) -> None:
    numbers = re.findall(r'^: "\$\{(\w+):=[\d.]+\}"', (ROOT / "settings.sh").read_text(), re.MULTILINE)
    numbers = [name for name in numbers if not name.endswith(("_VERSION", "HOST"))]
    numbers += ["STREAMING_TIME_DELTA", "STREAMING_FOLLOW", "METEO_SINCE"]  # their defaults are empty
    assert {"KAFKA_PARTITIONS", "SPARK_TRIGGER_SECONDS", "GRAFANA_MAP_TILES", "TRAIN_MIN_DAYS"} <= set(numbers)
    problems = {name: setting_problems(environment, **{name: "many"}) for name in numbers}
    assert [name for name, found in problems.items() if not any(name in problem for problem in found)] == []


def test_a_setting_that_several_parts_read_is_told_once(environment: dict[str, str]) -> None:
    assert setting_problems(environment, HOST="") == [
        "HOST is not set: start through the scripts, or `source settings.sh` first"
    ]


@pytest.mark.parametrize(
    ("one", "other"),
    [("KAFKA_PORT", "SPARK_UI_PORT"), ("INFLUXDB_PORT", "KAFKA_MONITOR_PORT"), ("GRAFANA_PORT", "KAFKA_PORT")],
)
def test_two_components_cannot_share_a_port(environment: dict[str, str], one: str, other: str) -> None:
    assert setting_problems(environment, **{one: "19999", other: "19999"}) == [
        f"{one} and {other} are both 19999: give each its own port"
    ]


@pytest.mark.parametrize("name", programs.ports())
@pytest.mark.parametrize("value", ["0", "65536", "http"])
def test_every_port_is_checked(environment: dict[str, str], name: str, value: str) -> None:
    (problem,) = setting_problems(environment, **{name: value})
    assert problem.startswith(f"{name}=")


def test_every_port_of_the_settings_is_known(environment: dict[str, str]) -> None:
    assert sorted(name for name in environment if name.endswith("_PORT")) == sorted(programs.ports())


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.7", "meteo.example.org"])
def test_default_passwords_are_refused_where_others_can_connect(environment: dict[str, str], host: str) -> None:
    (problem,) = setting_problems(environment, HOST=host)
    assert f"HOST={host} can be reached from outside" in problem
    assert "INFLUXDB_PASS and GRAFANA_PASS" in problem and "export INFLUXDB_PASS=" in problem
    (problem,) = setting_problems(environment, HOST=host, **{**OWN_PASSWORDS, "GRAFANA_PASS": "admin"})
    assert "export GRAFANA_PASS=" in problem and "INFLUXDB_PASS" not in problem
    assert setting_problems(environment, HOST=host, **OWN_PASSWORDS) == []


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_default_passwords_will_do_on_loopback(environment: dict[str, str], host: str) -> None:
    assert setting_problems(environment, HOST=host) == []


@pytest.mark.parametrize("size", ["", "1", "g", "1.5g", "0m", "-1g", "1 g", "1gb", "1GiB", "half"])
def test_a_memory_size_that_java_does_not_take_is_refused(environment: dict[str, str], size: str) -> None:
    for name in ("KAFKA_HEAP", "SPARK_DRIVER_MEMORY"):
        problems = setting_problems(environment, **{name: size})
        assert problems and all(name in problem for problem in problems)


@pytest.mark.parametrize(
    ("executor", "worker", "fits"), [("1g", "1024m", True), ("1025m", "1g", False), ("2g", "3G", True)]
)
def test_an_executor_must_fit_into_a_worker(
    environment: dict[str, str], executor: str, worker: str, fits: bool
) -> None:
    problems = setting_problems(environment, SPARK_EXECUTOR_MEMORY=executor, SPARK_WORKER_MEMORY=worker)
    assert (problems == []) is fits
    assert fits or "no worker could run the application" in problems[0]


@pytest.mark.parametrize("topic", ["meteo france", "météo", "a/b", "..", "x" * 241, 'a"b'])
def test_a_topic_name_that_kafka_refuses_is_refused(environment: dict[str, str], topic: str) -> None:
    (problem,) = setting_problems(environment, KAFKA_TOPIC=topic)
    assert problem.startswith(f"KAFKA_TOPIC={topic!r} is not a topic name")


@pytest.mark.parametrize("topic", ["meteo", "Meteo-1_b.c", "x" * 240])
def test_a_topic_name_that_kafka_takes_is_taken(environment: dict[str, str], topic: str) -> None:
    assert setting_problems(environment, KAFKA_TOPIC=topic) == []


@pytest.mark.parametrize("name", ["INFLUXDB_BUCKET", "INFLUXDB_MONITORING_BUCKET"])
@pytest.mark.parametrize("bucket", ["_meteo", 'me"teo'])
def test_a_bucket_name_that_influxdb_keeps_for_itself_is_refused(
    environment: dict[str, str], name: str, bucket: str
) -> None:
    (problem,) = setting_problems(environment, **{name: bucket})
    assert problem.startswith(f"{name}={bucket!r}")


def test_the_two_buckets_differ(environment: dict[str, str]) -> None:
    (problem,) = setting_problems(environment, INFLUXDB_BUCKET="one", INFLUXDB_MONITORING_BUCKET="one")
    assert problem == "INFLUXDB_BUCKET and INFLUXDB_MONITORING_BUCKET are both 'one': choose two names"


def test_all_bad_settings_of_one_group_are_told(environment: dict[str, str]) -> None:
    problems = setting_problems(environment, KAFKA_PORT="x", KAFKA_PARTITIONS="y", STREAMING_LOOP="z")
    assert [problem.split("=")[0] for problem in problems] == ["KAFKA_PORT", "KAFKA_PARTITIONS", "STREAMING_LOOP"]


def test_an_ipv6_host_is_refused(environment: dict[str, str]) -> None:
    (problem,) = setting_problems(environment, HOST="::1")
    assert "IPv6 addresses are not supported" in problem


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"STREAM_SOURCE": "tides"}, "STREAM_SOURCE: no source is called 'tides'"),
        ({"STATIONS_COUNT": "27"}, "STATIONS_COUNT=27 is not between 1 and 26"),
        ({"STATIONS_DAYS": "-1"}, "STATIONS_DAYS=-1 is not between"),
        ({"PLACE_DAY_SECONDS": "soon"}, "PLACE_DAY_SECONDS: the time delta 'soon'"),
        ({"STACK_PROFILES": "spqr"}, "STACK_PROFILES: no profile is called spqr"),
        ({"SQL_DATABASE": "a b"}, "SQL_DATABASE='a b': letters, digits"),
        ({"SQL_USER": "x`; DROP"}, "SQL_USER='x`; DROP': letters, digits"),
        ({"SQL_HOST": "db.example.org"}, "SQL_HOST is set, but SQL_PASS is not: set it to the password of SQL_USER"),
        ({"KAFKA_TOPIC": "temperatures"}, "KAFKA_TOPIC=temperatures is the topic of another source"),
    ],
)
def test_a_bad_setting_of_a_source_is_told_once(
    environment: dict[str, str], changes: dict[str, str], problem: str
) -> None:
    (told,) = setting_problems(environment, **changes)
    assert told.startswith(problem) or problem in told
