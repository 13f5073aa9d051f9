"""The process of a training: its own Spark session, the lock of the models, and the watch on its parent process."""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import SparkSession

from spark_app import jvm
from weather import java, settings
from weather.errors import StackError


@contextmanager
def only_one(models: Path) -> Iterator[None]:
    """Hold the lock of a folder of models. Raise StackError if another training holds it."""
    models.mkdir(parents=True, exist_ok=True)
    with (models / ".training.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError(f"another training is running for {models}: wait until it has ended") from None
        yield


def end_with_parent() -> None:
    """End this process when its parent process has ended, for whatever reason."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1.0)
        os._exit(1)  # Spark's JVM ends with its standard input

    threading.Thread(target=watch, name="parent", daemon=True).start()


@contextmanager
def session(memory: str, options: settings.Spark) -> Iterator[SparkSession]:
    """Spark in this process, with a heap of the size `memory`, without a cluster and without a web UI."""
    java_options = java.line(jvm.options(jvm.TRAINING, options.class_data))
    spark = (
        SparkSession.builder.master("local[2]")
        .appName("train")
        .config("spark.driver.memory", memory)
        .config("spark.driver.extraJavaOptions", java_options)
        .config(map=jvm.class_path(options.jars))
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.adaptive.enabled", "false")
        .getOrCreate()
    )
    spark.sparkContext.setLogLevel("OFF")
    try:
        yield spark
    finally:
        spark.stop()
