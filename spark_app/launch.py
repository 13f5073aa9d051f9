"""`python -m spark_app.launch`: spark-submit with this project's settings and packages, in both modes.

SIGTERM must reach the Python driver before the JVM around it, or the current batch is interrupted. So spark-submit runs
in its own session, and the signal is forwarded to the driver alone. If this process is killed, the next launcher ends
the processes that it left: two drivers must never share a checkpoint.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pyspark

from spark_app import jvm
from weather import java, settings
from weather.errors import StackError

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("weather", "spark_app", "spark_influxdb")
RECORDS_PER_BATCH = 20_000
"""Records that Spark passes to Python at once. Twice the default saves calls."""
CHECKPOINT_FILES = {
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing.FileSystemBasedCheckpointFileManager"
    ),
    "spark.hadoop.fs.file.impl": "org.apache.hadoop.fs.RawLocalFileSystem",
}
"""How checkpoints are written. Hadoop without its native library runs `chmod` and `readlink` as programs: by default
twenty per batch, which take a third of a small batch's time. With these settings it runs two (docs/performance.md)."""
STOP_TIMEOUT = "10s"
"""How long the end of the application waits for a query that is in the middle of a micro-batch. By default Spark waits
indefinitely, and the supervisor could not start another application."""
TEMPORARY = "tmp"
"""The folder of the driver's temporary files, below that of Spark's scratch files."""
OF_WORKERS = ("worker-", "app-")
"""The beginnings of the names of the workers' folders, natively and in Docker."""
LOG_SETTINGS = ROOT / "spark_app" / "log4j2.properties"


def main() -> int:
    """Run the application until it ends. Return its exit status."""
    try:
        variables = settings.Variables()
        options = settings.Spark.load(variables)
        home = Path(variables.text("STACK_HOME"))
        packages = pack(home / "run" / "packages.zip")
        scratch = home / "data" / "spark"
        command = submit_command(options, packages, scratch / TEMPORARY)
    except StackError as error:
        print(f"spark_app: {error}", file=sys.stderr)
        return 1
    end_predecessors(packages)
    empty(scratch)
    environment = variables.all() | {  # the caller of this program defines its environment
        "PYSPARK_PYTHON": sys.executable,
        "PYSPARK_DRIVER_PYTHON": sys.executable,
        "SPARK_LAUNCHER_OPTS": " ".join(java.SMALL),
        "SPARK_LOCAL_DIRS": str(scratch),
        "PYTHONSAFEPATH": "1",  # else Python finds spark_app/kafka/ before the Kafka client
    }
    process = subprocess.Popen(command, env=environment, start_new_session=True)

    def hand_on(signal_number: int, frame: FrameType | None) -> None:
        for pid in driver_pids(process.pid) or [process.pid]:
            os.kill(pid, signal.SIGTERM)

    signal.signal(signal.SIGTERM, hand_on)
    signal.signal(signal.SIGINT, hand_on)
    return process.wait()


def submit_command(options: settings.Spark, packages: Path, temporary: Path) -> list[str]:
    """The spark-submit command line, which contains no secret. The driver's temporary files go to `temporary`.

    Raise SettingsError if there are no connector jars.
    """
    # The daemon imports the packages before Spark passes their path to a worker. An executor finds its copy of them in
    # its own folder; in local mode there is no copy.
    logs = f"-Dlog4j2.configurationFile={LOG_SETTINGS.as_uri()}"
    configuration = {
        **jvm.class_path(options.jars),
        "spark.driver.host": options.driver_host,
        "spark.driver.memory": options.driver_memory,
        "spark.executor.memory": options.executor_memory,
        "spark.pyspark.python": sys.executable,
        "spark.python.daemon.module": "spark_app.python_daemon",
        "spark.executorEnv.PYTHONPATH": os.pathsep.join([packages.name, str(packages)]),
        "spark.scheduler.mode": "FAIR",  # the pools: queries.py
        "spark.sql.adaptive.enabled": "false",  # two partitions gain nothing by it, and take a tenth longer
        "spark.sql.codegen.cache.maxEntries": "1000",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(options.shuffle_partitions),
        "spark.sql.streaming.metricsEnabled": "true",
        "spark.sql.streaming.stopTimeout": STOP_TIMEOUT,
        "spark.executor.processTreeMetrics.enabled": "true",
        "spark.executor.extraJavaOptions": java.line(
            [*jvm.options(jvm.EXECUTOR, options.class_data), logs, *jvm.temporary_files(Path())]
        ),
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(RECORDS_PER_BATCH),
        "spark.ui.port": str(options.app_ui_port),
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.extraJavaOptions": java.line(
            [*jvm.options(jvm.DRIVER, options.class_data), logs, *jvm.temporary_files(temporary)]
        ),
        **CHECKPOINT_FILES,
    }
    spark_submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    command = [str(spark_submit), "--master", options.master_url, "--name", "weather", "--py-files", str(packages)]
    for key, value in configuration.items():
        command += ["--conf", f"{key}={value}"]
    return [*command, str(ROOT / "spark_app" / "main.py")]


def pack(archive: Path) -> Path:
    """Put the packages that the workers need into a zip file."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    temporary = archive.with_suffix(".tmp")
    with zipfile.ZipFile(temporary, "w") as file:
        for package in PACKAGES:
            for source in sorted((ROOT / package).rglob("*.py")):
                file.write(source, source.relative_to(ROOT))
    temporary.replace(archive)
    return archive


def empty(scratch: Path) -> None:
    """Remove the files of earlier drivers and executors: killed ones do not remove theirs.

    The workers remove the folders of their applications themselves (spark.worker.cleanup).
    """
    for folder in scratch.glob("*"):
        if not folder.name.startswith(OF_WORKERS):
            shutil.rmtree(folder, ignore_errors=True)
    (scratch / TEMPORARY).mkdir(parents=True, exist_ok=True)


def end_predecessors(packages: Path) -> None:
    """Kill what a killed launcher of this STACK_HOME left: its spark-submit, whose options name `packages`, and driver.

    They are found by their command lines, because a launcher may be killed before it could note a process id.
    """
    while left := [pid for pid, _, args in processes() if f" --py-files {packages} " in args]:
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(os.getpgid(pid), signal.SIGKILL)
        time.sleep(0.1)


def processes() -> Iterator[tuple[int, int, str]]:
    """(pid, parent's pid, command line) of every process of this machine, except zombies."""
    command = ["ps", "-ww", "-eo", "pid=,ppid=,stat=,args="]
    listing = subprocess.run(command, capture_output=True, text=True, check=True)
    for row in listing.stdout.splitlines():
        pid, parent, state, args = [*row.split(None, 3), ""][:4]
        if not state.startswith("Z"):
            yield int(pid), int(parent), args


def driver_pids(submit_pid: int) -> list[int]:
    """The driver: the Python process that spark-submit's JVM runs."""
    return [pid for pid, parent, args in processes() if parent == submit_pid and "spark_app/main.py" in args]


if __name__ == "__main__":
    sys.exit(main())
