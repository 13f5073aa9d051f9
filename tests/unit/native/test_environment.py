from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from spark_app import launch
from stack.common import environment
from stack.common.steps import run
from stack.native.components import Components
from stack.native.servers import hdfs_servers, kafka_server
from tests.unit.native.installed import InstalledBefore
from weather import java, settings
from weather.settings import Variables, programs

OF_THE_USER = {
    "LANG": "tr_TR.UTF-8",
    "LC_ALL": "POSIX",
    "TZ": "Asia/Kolkata",
    "HTTP_PROXY": "http://127.0.0.1:1",
    "https_proxy": "http://127.0.0.1:1",
    "PYTHONPATH": "/elsewhere",
    "PYTHONHOME": "/elsewhere",
    "PYTHONIOENCODING": "ascii",
    "SPARK_HOME": "/elsewhere",
    "SPARK_CONF_DIR": "/elsewhere",
    "SPARK_WORKER_OPTS": "-Dx=y",
    "HADOOP_CONF_DIR": "/elsewhere",
    "PYSPARK_DRIVER_PYTHON": "jupyter",
    "CLASSPATH": "/elsewhere",
    "JAVA_TOOL_OPTIONS": "-Duser.language=tr",
    "_JAVA_OPTIONS": "-Duser.language=ar",
    "INFLUXD_HTTP_BIND_ADDRESS": ":1",
    "NODE_ENV": "production",
    "npm_config_omit": "dev",
    "PIP_USER": "1",
    "GOOS": "plan9",
}


@pytest.fixture
def users(environment: dict[str, str]) -> Variables:
    """The default settings in the environment of a user with many programs."""
    return Variables(environment | OF_THE_USER | {"PATH": "/usr/bin:/bin", "HOME": "/somewhere/u"})


def test_a_program_of_the_stack_gets_a_locale_and_a_time_zone_and_nothing_foreign(users: Variables) -> None:
    given = environment.of_process(users)
    assert (given["PATH"], given["HOME"]) == ("/usr/bin:/bin", "/somewhere/u")
    assert (given["LC_ALL"], given["LANG"], given["TZ"]) == ("C.UTF-8", "C.UTF-8", "UTC")
    assert set(given) <= {*environment.PASSED_ON, *environment.DEFINED}


def test_a_python_program_of_the_stack_gets_the_settings_and_the_code_of_this_checkout(users: Variables) -> None:
    given = environment.of_python_program(users)
    assert given["PYTHONPATH"] == str(environment.ROOT)
    assert {*programs.of_program("spark-app"), "INFLUXDB_PASS"} <= set(given)
    assert not set(given) & (set(OF_THE_USER) - {"LANG", "LC_ALL", "TZ", "PYTHONPATH"})
    settings.Credentials.load(Variables(given))


def test_the_settings_are_those_of_settings_sh(defaults: dict[str, str]) -> None:
    names = set(environment.of_settings(Variables(defaults)))
    assert {"HOST", "STACK_HOME", "KAFKA_VERSION", "PYTHON_IMAGE", "SPARK_JOBS", "SQL_PASS"} <= names
    assert names <= set(defaults)


def test_java_home_is_the_java_of_every_program_if_there_is_one(users: Variables, tmp_path: Path) -> None:
    program = tmp_path / "bin" / "java"
    program.parent.mkdir()
    program.touch(mode=0o755)
    found = environment.of_process(Variables(users.all() | {"JAVA_HOME": str(tmp_path)}))
    assert (found["PATH"], found["JAVA_HOME"]) == (f"{program.parent}:/usr/bin:/bin", str(tmp_path))
    program.unlink()
    without = environment.of_process(Variables(users.all() | {"JAVA_HOME": str(tmp_path)}))
    assert without == environment.of_process(users)


def test_a_tool_keeps_the_users_proxy_and_loses_what_would_change_what_it_installs(users: Variables) -> None:
    given = environment.of_tool(users.all() | {"GOPROXY": "https://mirror", "PIP_INDEX_URL": "https://mirror"})
    for name in ("HTTP_PROXY", "https_proxy", "GOPROXY", "PIP_INDEX_URL", "PATH", "PYTHON", "PYTHON_IMAGE"):
        assert name in given
    for name in ("PYTHONPATH", "PYTHONHOME", "NODE_ENV", "npm_config_omit", "PIP_USER", "GOOS", "CLASSPATH"):
        assert name not in given
    assert given["LC_ALL"] == "C.UTF-8"


def test_maven_keeps_the_users_options_and_gets_the_locale(users: Variables) -> None:
    options = environment.of_tool(users.all() | {"MAVEN_OPTS": "-Dhttp.proxyHost=p"})["MAVEN_OPTS"]
    assert options.split() == ["-Dhttp.proxyHost=p", *java.OPTIONS]


def test_a_command_without_an_environment_of_its_own_is_a_tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONHOME", "/nonexistent")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    run("look", [sys.executable, "-c", "import os; print(os.environ['HTTP_PROXY'])"], tmp_path / "log")
    assert "http://127.0.0.1:1" in (tmp_path / "log").read_text()


def test_addresses_that_only_containers_use_are_not_taken_from_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in environment.ONLY_IN_CONTAINERS:
        monkeypatch.setenv(name, "http://elsewhere")
    monkeypatch.setenv("KAFKA_TOPIC", "mine")
    assert environment.variables().text("KAFKA_TOPIC") == "mine"
    assert not set(environment.variables().all()) & set(environment.ONLY_IN_CONTAINERS)


def test_each_java_command_line_names_its_locale_and_time_zone(
    users: Variables, environment: dict[str, str], tmp_path: Path
) -> None:
    jars = tmp_path / "connector"
    jars.mkdir()
    (jars / "a.jar").touch()
    spark = settings.Spark.load(Variables(environment | {"SPARK_CONNECTOR_JARS": str(jars)}))
    submitted = launch.submit_command(spark, tmp_path / "packages.zip", tmp_path / "tmp")
    daemon = Components(users, InstalledBefore(tmp_path)).spark_master()  # type: ignore[arg-type]
    lines = [
        " ".join(kafka_server.java(users, jars, [], "kafka.Kafka")),
        " ".join(hdfs_servers.java(users, jars, tmp_path, hdfs_servers.NAMENODE)),
        daemon.environment["SPARK_DAEMON_JAVA_OPTS"],
        *(word for word in submitted if word.startswith(("spark.driver.extraJava", "spark.executor.extraJava"))),
    ]
    assert len(lines) == 5
    for line in lines:
        assert all(option in line for option in ("-Duser.language=en", "-Duser.country=US", "-Duser.timezone=UTC"))


def test_java_in_a_turkish_locale_obeys_its_command_line() -> None:
    tool = environment.of_process(environment.variables()) | {"JAVA_TOOL_OPTIONS": "-Duser.language=tr"}
    command = ["java", *java.OPTIONS, "-XshowSettings:locale", "-version"]
    shown = subprocess.run(command, env=tool, capture_output=True, text=True, check=True).stderr
    assert "default locale = English" in shown
