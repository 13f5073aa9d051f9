from __future__ import annotations

import gzip
import os
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack import preflight
from stack.common.ports import Owner
from stack.native.mode import NativeMode
from testing.doubles import ListedMode
from testing.environment import ROOT, free_port
from testing.hourly_text import HEADER, line
from weather.errors import SettingsError
from weather.settings import Variables, programs

OWN_PASSWORDS = {"INFLUXDB_PASS": "a-long-one", "GRAFANA_PASS": "another"}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that this test itself listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def setting_problems(environment: dict[str, str], **changes: str) -> list[str]:
    return list(preflight.setting_problems(Variables(environment | changes)))


def data_problems(environment: dict[str, str], path: Path) -> list[str]:
    return list(preflight.data_problems(Variables(environment | {"METEO_DATA": str(path)})))


def test_the_default_settings_and_the_small_file_are_fine(environment: dict[str, str], variables: Variables) -> None:
    assert setting_problems(environment) == []
    assert list(preflight.data_problems(variables)) == []
    assert list(preflight.port_problems(variables, ListedMode())) == []


def test_every_number_and_switch_is_checked_before_anything_starts(environment: dict[str, str]) -> None:
    numbers = re.findall(r'^: "\$\{(\w+):=[\d.]+\}"', (ROOT / "settings.sh").read_text(), re.MULTILINE)
    numbers = [name for name in numbers if not name.endswith(("_VERSION", "HOST"))]
    assert {"KAFKA_PARTITIONS", "STREAMING_TIME_DELTA", "GRAFANA_MAP_TILES", "TRAIN_MIN_DAYS"} <= set(numbers)
    problems = {name: setting_problems(environment, **{name: "many"}) for name in numbers}
    assert [name for name, found in problems.items() if not any(name in problem for problem in found)] == []


def test_all_problems_come_in_one_message(
    environment: dict[str, str], taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(preflight, "FREE_DISK_GB", 10**9)
    monkeypatch.setattr(preflight, "FREE_MEMORY_GB", 10**6)
    monkeypatch.setattr(preflight, "OLDEST_PYTHON", (9, 0))
    environment |= {
        "METEO_DATA": str(tmp_path / "nowhere.csv"),
        "KAFKA_PARTITIONS": "none",
        "STREAMING_TIME_DELTA": "-1",
        "INFLUXDB_BATCH_LINES": "0",
        "KAFKA_MONITOR": "maybe",
        "GRAFANA_PORT": "5000",
        "KAFKA_HEAP": "much",
        "INFLUXDB_BUCKET": "_meteo",
        "INFLUXDB_PASS": "short",
        "DAILY_FEWEST_HOURS": "99",
        "DAILY_TIME_ZONE": "Mars/Olympus",
        "SPARK_JOBS": "nonsense",
        "TRAIN_CANDIDATES": "oracle",
    }
    with pytest.raises(SettingsError) as error:
        preflight.check(Variables(environment), ListedMode(problems=["no engine", "no compose"]))
    first, *lines = str(error.value).splitlines()
    assert first == "nothing was started, because:"
    assert all(row.startswith("  - ") for row in lines)
    expected = [
        "KAFKA_PARTITIONS='none' is not a whole number",
        "STREAMING_TIME_DELTA: the time delta",
        "INFLUXDB_BATCH_LINES=0",
        "KAFKA_MONITOR='maybe'",
        "DATASTREAM_FLASK_PORT and GRAFANA_PORT are both 5000",
        "KAFKA_HEAP='much'",
        "INFLUXDB_BUCKET='_meteo'",
        "INFLUXDB_PASS has fewer than 8",
        "DAILY_FEWEST_HOURS=99",
        "DAILY_TIME_ZONE='Mars/Olympus'",
        "SPARK_JOBS: no job is called nonsense",
        "TRAIN_CANDIDATES: no model is called 'oracle'",
        "is too old: 3.11 or newer",
        "nowhere.csv: there is no such",
        "STACK_HOME: ",
        "STACK_CACHE: ",
        "GB of memory are available",
        "no engine",
        "no compose",
    ]
    assert len(lines) == len(expected)
    assert [words for words in expected if sum(words in row for row in lines) != 1] == []


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
    assert problem == "INFLUXDB_BUCKET and INFLUXDB_MONITORING_BUCKET are both 'one'"


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv.gz", b"<html>404</html>", "the content is not gzip"),
        ("a.csv.gz", gzip.compress(HEADER + line(T="1"), mtime=0)[:-9], "the gzip data breaks off after line"),
        ("a.csv", HEADER, "no rows after the header"),
        ("a.csv", (HEADER + line(T="1")).replace(b";", b","), "the columns are not separated by ';'"),
        ("a.csv", b"a;b\n1;2\n", "line 1: the header lacks the column(s) NUM_POSTE"),
        ("a.csv", HEADER + line(AAAAMMJJHH="1/1/2014"), "line 2: AAAAMMJJHH='1/1/2014' is not a UTC hour"),
    ],
)
def test_data_that_cannot_be_used_is_one_problem_that_names_the_file(
    environment: dict[str, str], tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (problem,) = data_problems(environment, path)
    assert problem.startswith(str(path)) and words in problem


def test_data_that_is_not_there_is_a_problem_that_names_the_setting(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert data_problems(environment, tmp_path / "no") == [f"METEO_DATA={tmp_path}/no: there is no such file or folder"]
    (tmp_path / "empty").mkdir()
    assert "holds no .csv" in data_problems(environment, tmp_path / "empty")[0]


@pytest.mark.parametrize("folder", ['a"b', "a'b", "a%b", "a,b", "a\nb"])
@pytest.mark.parametrize("name", ["STACK_HOME", "STACK_CACHE"])
def test_a_path_that_a_component_would_misread_is_refused(
    environment: dict[str, str], tmp_path: Path, name: str, folder: str
) -> None:
    environment[name] = str(tmp_path / folder)
    problems = [p for p in preflight.room_problems(Variables(environment)) if p.startswith(f"{name}={tmp_path}")]
    assert len(problems) == 1 and "not allowed in this path" in problems[0]


def test_a_file_in_the_way_of_a_folder_is_a_problem(environment: dict[str, str], hourly: Path) -> None:
    environment["STACK_HOME"] = str(hourly / "home")
    assert f"STACK_HOME: {hourly} is not a folder" in list(preflight.room_problems(Variables(environment)))


def test_a_taken_port_is_told_with_its_owner_and_its_setting(environment: dict[str, str], taken: int) -> None:
    mode = ListedMode(ports=["KAFKA_PORT", "INFLUXDB_PORT"])
    variables = Variables(environment | {"INFLUXDB_PORT": str(taken), "KAFKA_PORT": str(free_port())})
    (problem,) = preflight.port_problems(variables, mode)
    pattern = rf"port {taken} is taken by process {os.getpid()} \(.+\): end it, or set INFLUXDB_PORT to another port"
    assert re.fullmatch(pattern, problem)


def test_a_port_that_the_running_stack_holds_itself_is_no_problem(environment: dict[str, str], taken: int) -> None:
    mode = ListedMode(ports=["INFLUXDB_PORT"], mine=["INFLUXDB_PORT"])
    assert list(preflight.port_problems(Variables(environment | {"INFLUXDB_PORT": str(taken)}), mode)) == []
    ((setting, owner),) = mode.asked_about
    assert (setting, owner.pid) == ("INFLUXDB_PORT", os.getpid())


def test_a_taken_port_whose_owner_may_not_be_seen_is_told_too(
    environment: dict[str, str], taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stack.common.ports.owner", lambda port: Owner(None, ""))
    mode = ListedMode(ports=["KAFKA_PORT"])
    (problem,) = preflight.port_problems(Variables(environment | {"KAFKA_PORT": str(taken)}), mode)
    assert problem.startswith(f"port {taken} is taken by another program: end it, or set KAFKA_PORT")


def test_an_address_of_another_machine_is_told_once(environment: dict[str, str]) -> None:
    mode = ListedMode(ports=["KAFKA_PORT", "INFLUXDB_PORT"])
    (problem,) = preflight.port_problems(Variables(environment | {"HOST": "192.0.2.1"}), mode)
    assert problem.startswith("HOST=192.0.2.1, KAFKA_PORT=9092: cannot listen there: ")


def test_ports_are_not_tried_while_the_settings_are_wrong(environment: dict[str, str], taken: int) -> None:
    variables = Variables(environment | {"KAFKA_PORT": str(taken), "KAFKA_HEAP": "much"})
    assert not any("is taken" in p for p in preflight.all_problems(variables, ListedMode(ports=["KAFKA_PORT"])))


def native_problems(environment: dict[str, str], **changes: str) -> list[str]:
    return list(NativeMode(Variables(environment | changes)).problems())


def test_an_influxd_that_is_none_is_one_problem_among_others(environment: dict[str, str], tmp_path: Path) -> None:
    problems = native_problems(environment, INFLUXD="/nonexistent", STACK_HOME=str(tmp_path / ("x" * 90)))
    assert "INFLUXD=/nonexistent is not a program that can be run" in problems
    assert any("too long for a Unix socket" in problem for problem in problems)


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ('openjdk version "11.0.2" 2019-01-15', "is 11.0.2: 17 or newer is needed: put a newer one first on the PATH"),
        ('java version "1.8.0_391"', "is 1.8.0: 17 or newer is needed: put a newer one first on the PATH"),
        ('openjdk version "17.0.1" 2021-10-19', ""),
        ('openjdk version "21" 2023-09-19', ""),
    ],
)
def test_an_old_java_is_a_problem(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, problem: str
) -> None:
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text(f"#!/bin/sh\necho '{words}' >&2\n")
    java.chmod(0o755)
    monkeypatch.setenv("PATH", f"{java.parent}:{environment['PATH']}")
    told = [text for text in native_problems(environment, INFLUXD="/bin/true") if str(java) in text]
    assert told == ([f"{java} {problem}"] if problem else [])


def test_all_bad_settings_of_one_group_are_told(environment: dict[str, str]) -> None:
    problems = setting_problems(environment, KAFKA_PORT="x", KAFKA_PARTITIONS="y", STREAMING_LOOP="z")
    assert [problem.split("=")[0] for problem in problems] == ["KAFKA_PORT", "KAFKA_PARTITIONS", "STREAMING_LOOP"]


def test_an_ipv6_host_is_refused(environment: dict[str, str]) -> None:
    (problem,) = setting_problems(environment, HOST="::1")
    assert "IPv6 addresses are not supported" in problem


@pytest.mark.parametrize("name", ["STACK_HOME", "STACK_CACHE"])
@pytest.mark.parametrize("folder", ["a ;b", "C #1", "a:b", "it's"])
def test_a_folder_that_supervisor_or_java_would_misread_is_refused(
    environment: dict[str, str], tmp_path: Path, name: str, folder: str
) -> None:
    variables = Variables(environment | {name: str(tmp_path / folder)})
    assert any(problem.startswith(f"{name}=") for problem in preflight.room_problems(variables))


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
        ({"SQL_HOST": "db.example.org"}, "set SQL_PASS to the password of SQL_USER there"),
        ({"KAFKA_TOPIC": "temperatures"}, "KAFKA_TOPIC=temperatures is the topic of another source"),
    ],
)
def test_a_bad_setting_of_a_source_is_told_once(
    environment: dict[str, str], changes: dict[str, str], problem: str
) -> None:
    (told,) = setting_problems(environment, **changes)
    assert told.startswith(problem) or problem in told


def test_5_minute_files_are_looked_at_where_they_are_streamed(environment: dict[str, str], tmp_path: Path) -> None:
    def problems(**changes: str) -> list[str]:
        return list(preflight.data_problems(Variables(environment | {"STREAM_SOURCE": "uscrn"} | changes)))

    assert problems() == []
    assert problems(USCRN_DATA=f"{tmp_path}/no", STREAM_SOURCE="meteofrance") == []
    assert problems(USCRN_DATA=f"{tmp_path}/no") == [f"USCRN_DATA={tmp_path}/no: there is no such file or folder"]
    assert "3 stations need a partition each" in problems(USCRN_PARTITIONS="2")[0]
    wrong = setting_problems(environment, USCRN_MODE="both", USCRN_DATE="today", USCRN_LATENESS_MINUTES="-1")
    assert [problem.split("=")[0] for problem in wrong] == ["USCRN_MODE", "USCRN_DATE", "USCRN_LATENESS_MINUTES"]


@pytest.mark.parametrize("root", [True, False])
def test_who_may_not_install_packages_gets_one_command_for_all_that_is_missing(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: bool
) -> None:
    apt = tmp_path / "bin" / "apt-get"
    apt.parent.mkdir()
    apt.touch(0o755)
    monkeypatch.setenv("PATH", str(apt.parent))
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    told = [text for text in native_problems(environment) if "missing" in text]
    if root:
        assert told == []
        return
    (problem,) = told
    assert "java 17 or newer is missing, ps is missing, mvn is missing, cargo 1.72 or newer is missing" in problem
    assert problem.endswith(
        "install them with:\n    sudo apt-get update && sudo apt-get install -y --no-install-recommends "
        "cargo-web gcc libc6-dev maven openjdk-17-jre-headless pkg-config procps rustc-web"
    )


def test_a_machine_without_apt_gets_the_names_and_versions(
    environment: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (problem,) = [text for text in native_problems(environment) if "missing" in text]
    assert "java 17 or newer is missing" in problem and "sudo" not in problem
