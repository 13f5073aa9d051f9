"""`python -m spark_app.class_data.archive FILE --jars DIR [--kafka HOST:PORT]`: write the archive of Spark's classes.

A JVM spends most of its start on finding, parsing and verifying classes. A class-data-sharing archive (JEP 310) holds
them as they are in memory, and all JVMs that map it share its pages. It fits one Java and one class path.

A small application (`training`) runs on its own master and worker, and each of the four JVMs lists the classes that it
loads. Then Java writes the archive of all of them.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyspark

MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
BIN = Path(pyspark.__file__).parent / "bin"
TRAINING = Path(__file__).with_name("training.py")
ANSWER_TIMEOUT = 120.0
END_TIMEOUT = 60.0
LOCAL = "127.0.0.1"


def main() -> int:
    """Write the archive. Return 1, with the output of the program that failed, if that is not possible."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--jars", type=Path, required=True, metavar="DIR", help="the jars of Spark's Kafka connector")
    parser.add_argument("--kafka", metavar="HOST:PORT", default="", help="an empty broker, to include Kafka's client")
    options = parser.parse_args()
    try:
        make(options.file.resolve(), options.jars.resolve(), options.kafka)
    except (OSError, RuntimeError) as error:
        print(f"class_data: {error}", file=sys.stderr)
        return 1
    return 0


def make(archive: Path, jars: Path, kafka: str = "") -> None:
    """Run the application and write the archive. Raise RuntimeError if one of the two fails."""
    with tempfile.TemporaryDirectory(prefix="class-data-") as folder:
        home = Path(folder)
        classes, written = home / "classes.txt", home / "classes.jsa"
        lists = _run_application(home, jars, kafka)
        classes.write_text("".join(f"{line}\n" for line in merged(lists)), encoding="utf-8")
        options = f"-Xshare:dump -XX:SharedClassListFile={classes} -XX:SharedArchiveFile={written}"
        environment = _environment(home, jars) | {"SPARK_DAEMON_JAVA_OPTS": options, "SPARK_DAEMON_MEMORY": "512m"}
        _run([str(BIN / "spark-class"), MASTER], environment)  # Java writes the archive and does not run the class
        archive.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(written, archive)


def merged(lists: Iterable[Path]) -> list[str]:
    """The classes of several lists, each once, in the order of loading.

    Numbers refer to other lines of the same list: they are left out, and so are the classes that need them because
    another class loader than Java's own has loaded them.
    """
    found: dict[str, None] = {}
    for file in lists:
        for line in file.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#") and " source: " not in line:
                found[line if line.startswith("@") else line.split(" id: ")[0]] = None
    return list(found)


def _run_application(home: Path, jars: Path, kafka: str) -> list[Path]:
    """Run `training`. Return the lists of the classes that each JVM has loaded."""
    lists = {jvm: home / f"{jvm}.txt" for jvm in ("master", "worker", "driver", "executor")}
    options = {jvm: f"-XX:DumpLoadedClassList={file}" for jvm, file in lists.items()}
    port = _free_port()
    address = f"spark://{LOCAL}:{port}"
    master = [MASTER, "--host", LOCAL, "--port", str(port), "--webui-port", "0"]
    worker = [WORKER, "--host", LOCAL, "--webui-port", "0", "--cores", "2", "--memory", "512m"]
    worker += ["--work-dir", str(home / "work"), address]
    configuration = {
        "spark.driver.extraClassPath": f"{jars}/*",
        "spark.executor.extraClassPath": f"{jars}/*",
        "spark.driver.host": LOCAL,
        "spark.driver.memory": "512m",
        "spark.executor.memory": "512m",
        "spark.ui.port": "0",
        "spark.log.level": "ERROR",
        "spark.sql.shuffle.partitions": "1",
        "spark.pyspark.python": sys.executable,
        "spark.driver.extraJavaOptions": options["driver"],
        "spark.executor.extraJavaOptions": options["executor"],
    }
    submit = [str(BIN / "spark-submit"), "--master", address]
    submit += [word for key, value in configuration.items() for word in ("--conf", f"{key}={value}")]
    environment = _environment(home, jars)
    with _daemon(master, options["master"], environment):
        _wait_for(port)
        with _daemon(worker, options["worker"], environment):
            _run([*submit, str(TRAINING), kafka], environment)
    return list(lists.values())


@contextmanager
def _daemon(arguments: list[str], options: str, environment: dict[str, str]) -> Iterator[None]:
    given = environment | {"SPARK_DAEMON_JAVA_OPTS": options, "SPARK_DAEMON_MEMORY": "256m"}
    silent = subprocess.DEVNULL
    process = subprocess.Popen([str(BIN / "spark-class"), *arguments], env=given, stdout=silent, stderr=silent)
    try:
        yield
    finally:
        process.terminate()
        process.wait(END_TIMEOUT)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", check=False
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed (exit status {done.returncode}):\n{done.stdout[-2000:]}")


def _environment(home: Path, jars: Path) -> dict[str, str]:
    return {
        **os.environ,
        "SPARK_LOCAL_IP": LOCAL,
        "SPARK_LOCAL_DIRS": str(home),
        "SPARK_DAEMON_CLASSPATH": f"{jars}/*",
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "PYTHONSAFEPATH": "1",
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((LOCAL, 0))
        return int(probe.getsockname()[1])


def _wait_for(port: int) -> None:
    end = time.monotonic() + ANSWER_TIMEOUT
    while True:
        try:
            socket.create_connection((LOCAL, port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > end:
                raise RuntimeError(f"Spark's master does not answer at port {port}") from None
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
