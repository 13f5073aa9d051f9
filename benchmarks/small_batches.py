"""`./run_benchmarks.sh small_batches`: cost of a micro-batch with almost nothing to do, and the programs that it runs.

A query reads Spark's rate source and discards the rows. Its checkpoint is on the local disk, once as Spark writes it by
default, once as this project configures it (`spark_app.launch.CHECKPOINT_FILES`). Hadoop runs `chmod` and `readlink` as
programs if its native library is missing; wrappers that come first on the PATH count these calls.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from pyspark.sql import SparkSession

from spark_app.launch import CHECKPOINT_FILES
from testing.throwaway_stack import machine

COUNTED = ("chmod", "readlink")
WARM_UP, MEASURED = 20, 50
PHASES = ("triggerExecution", "walCommit", "addBatch", "commitOffsets")


def run(configuration: dict[str, str], folder: Path) -> dict[str, float]:
    """Programs per batch, and the median milliseconds of its phases, measured with Spark in this process."""
    calls = folder / "calls"
    calls.touch()
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").config(map=configuration)
    session = spark.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    source = session.readStream.format("rate-micro-batch").option("rowsPerBatch", 10).load()
    query = source.writeStream.format("noop").option("checkpointLocation", str(folder / "checkpoint")).start()

    def wait_for_batch(number: int) -> int:
        while (query.lastProgress or {"batchId": -1})["batchId"] < number:
            time.sleep(0.01)
        return len(calls.read_text().splitlines())

    before = wait_for_batch(WARM_UP)
    programs = wait_for_batch(WARM_UP + MEASURED) - before
    took = [progress["durationMs"] for progress in query.recentProgress if progress["batchId"] > WARM_UP]
    query.stop()
    return {"programs": programs / MEASURED, **{phase: median(batch[phase] for batch in took) for phase in PHASES}}


def counting(folder: Path) -> str:
    """A PATH with wrappers that record each call of the counted programs before they run them."""
    for name in COUNTED:
        program = folder / name
        program.write_text(f'#!/bin/sh\necho >> "{folder}/calls"\nexec {shutil.which(name)} "$@"\n')
        program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def main() -> int:
    """Print a line for each configuration, which gets its own JVM."""
    if len(sys.argv) == 3:
        print(json.dumps(run(json.loads(sys.argv[1]), Path(sys.argv[2]))))
        return 0
    print(machine())
    for name, configuration in {"Spark's own": {}, "ours": CHECKPOINT_FILES}.items():
        with tempfile.TemporaryDirectory(prefix="weather-") as folder:
            environment = {**os.environ, "PATH": counting(Path(folder))}
            command = [sys.executable, "-m", "benchmarks.small_batches", json.dumps(configuration), folder]
            told = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
        found = json.loads(told.splitlines()[-1])
        print(f"{name:<12}", ", ".join(f"{figure} {value:g}" for figure, value in found.items()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
