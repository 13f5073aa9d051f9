"""The native stack for a user whose environment is against it in every way that was met, all at once.

The user has no root rights (tests/end_to_end/another_user.py) and may only read the cache; the checkout is in a folder
with spaces and accents; the scripts are called from `/`.
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from testing.environment import ROOT, eventually
from testing.running_stack import RunningStack, assert_same_points, expected_points
from tests.end_to_end.another_user import User, cache_to_read, choose, readable_folder

SHIPPED = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"
MODULES = ("kafka", "pyspark", "supervisor", "stack", "weather", "json", "sitecustomize")


class Proxy(ThreadingHTTPServer):
    """A proxy that refuses everything, and notes what it was asked for."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Refusal)
        self.asked: list[str] = []


class Refusal(BaseHTTPRequestHandler):
    server: Proxy

    def handle_one_request(self) -> None:
        self.server.asked.append(self.rfile.readline(65536).decode(errors="replace").strip())
        self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
        self.close_connection = True


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    made = Proxy()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


class StackOfAUser(RunningStack):
    """Its scripts are called from `/` by a user with files of mode 077 and an environment of many programs."""

    def __init__(self, folder: Path, user: User, environment: dict[str, str]) -> None:
        super().__init__(folder)
        self._user = user
        self._environment = environment | {"PYTHON": user.python, "HOME": str(folder)}
        user.owns(folder)

    def run(self, *command: str, **changes: str) -> subprocess.CompletedProcess[str]:
        script, *arguments = command
        kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        return subprocess.run(
            [str(self.folder / script), *arguments], cwd="/", env=kept | self._environment | self.environment | changes,
            capture_output=True, text=True, stdin=subprocess.DEVNULL, umask=0o077, **self._user.spawn,
        )  # fmt: skip


def locale() -> str:
    """A Turkish or an Arabic locale if this machine has one, else POSIX."""
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=True).stdout.split()
    return next((name for name in known if name.startswith(("tr_TR", "ar_"))), "POSIX")


def against_everything(folder: Path, proxy: Proxy) -> dict[str, str]:
    """Variables that some users have, each with a value that would break a program that took it."""
    modules, spark = folder / "modules", folder / "spark"
    modules.mkdir()
    spark.mkdir()
    for name in MODULES:
        (modules / f"{name}.py").write_text("raise SystemExit('a module of the user was imported')\n", encoding="ascii")
    (spark / "spark-defaults.conf").write_text("spark.master local[1]\nspark.executor.memory 1x\n", encoding="ascii")
    (spark / "core-site.xml").write_text("<configuration><property>", encoding="ascii")
    address = f"http://127.0.0.1:{proxy.server_port}"
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), address)
    nowhere = "/nonexistent"
    return proxies | {
        "LANG": "tr_TR.UTF-8", "LC_ALL": locale(), "TZ": "Asia/Kolkata",
        "JAVA_TOOL_OPTIONS": "-Duser.language=tr -Duser.country=TR -Duser.timezone=Asia/Kolkata",
        "_JAVA_OPTIONS": "-Duser.language=ar", "JDK_JAVA_OPTIONS": "-Dfile.encoding=ISO-8859-9",
        "CLASSPATH": nowhere, "KAFKA_OPTS": "-XX:NoSuchOption", "LOG_DIR": nowhere,
        "PYTHONPATH": str(modules), "PYTHONHOME": nowhere, "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "ascii",
        "PYTHONWARNINGS": "error", "PYTHONSTARTUP": nowhere,
        "SPARK_HOME": nowhere, "SPARK_CONF_DIR": str(spark), "SPARK_DIST_CLASSPATH": nowhere,
        "SPARK_DAEMON_JAVA_OPTS": "-XX:NoSuchOption", "SPARK_SUBMIT_OPTS": "-XX:NoSuchOption",
        "SPARK_LOCAL_DIRS": nowhere, "SPARK_MASTER_URL": "spark://127.0.0.1:1", "SPARK_DRIVER_HOST": "nowhere",
        "HADOOP_HOME": nowhere, "HADOOP_CONF_DIR": str(spark), "HADOOP_USER_NAME": "hdfs",
        "PYSPARK_PYTHON": nowhere, "PYSPARK_DRIVER_PYTHON": "jupyter", "PYSPARK_DRIVER_PYTHON_OPTS": "notebook",
        "PYSPARK_SUBMIT_ARGS": "--master spark://127.0.0.1:1 pyspark-shell",
        "INFLUXDB_URL": "http://127.0.0.1:1", "INFLUXD_HTTP_BIND_ADDRESS": "127.0.0.1:1",
        "INFLUXD_ENGINE_PATH": nowhere, "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "CDPATH": "/:/tmp", "POSIXLY_CORRECT": "1", "BASH_FUNC_cd%%": "() { echo a function of the user; }",
    }  # fmt: skip


@pytest.fixture(scope="module")
def stack(proxy: Proxy) -> Iterator[StackOfAUser]:
    user = choose()
    with readable_folder("wx-") as place, cache_to_read(user, place / "cache of others") as cache:
        folder = place / "météo à Molène"
        folder.mkdir()
        made = StackOfAUser(folder, user, against_everything(place, proxy))
        made.environment |= {
            "STACK_CACHE": str(cache),
            "STREAMING_TIME_DELTA": "0",
            "SPARK_JOBS": "meteo",
            "SPARK_WORKER_NUMBER": "1",
            "METEO_DATA": str(folder / SHIPPED.relative_to(ROOT)),
        }
        yield made
        made.run("./clean.sh", "--yes")
        for process in made.processes():
            process.kill()


@pytest.mark.long
def test_one_command_brings_the_stack_up_and_it_holds_what_the_file_holds(stack: StackOfAUser, proxy: Proxy) -> None:
    output = stack.must("./build_setup.sh", "--native")
    assert "Dashboards: " in output and "Live page" in output
    expected = expected_points(SHIPPED)
    eventually(lambda: stack.status()["state"] == "finished", "the file is streamed")
    eventually(lambda: stack.count() == len(expected), "every point is written")
    assert_same_points(stack.points(), expected)
    assert proxy.asked == [], "the stack asks no proxy for what runs on this machine"


@pytest.mark.long
def test_its_processes_are_the_users_and_have_the_environment_of_the_stack(stack: StackOfAUser) -> None:
    processes = stack.processes()
    assert {process.uids().real for process in processes} == {stack.home.stat().st_uid}
    for process in processes:
        environment = process.environ()
        assert (environment["LC_ALL"], environment["TZ"]) == ("C.UTF-8", "UTC"), process
        foreign = {"HTTP_PROXY", "JAVA_TOOL_OPTIONS", "HADOOP_CONF_DIR", "PYSPARK_SUBMIT_ARGS", "INFLUXDB_URL"}
        assert not foreign & set(environment), process


@pytest.mark.long
def test_the_other_scripts_work_there_too(stack: StackOfAUser) -> None:
    assert "unhealthy" not in stack.must("./status.sh")
    assert "0.5" in stack.must("./modify_streaming_timedelta.sh", "0.5")
    assert "rain" in stack.must("./submit.sh", "train", "--help")
    stack.must("./clean.sh", "--yes")
    assert not stack.processes()
    assert not stack.home.exists()
