"""The options and the class path of the JVMs that run Spark's driver, executors and trainings."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from weather import java
from weather.errors import SettingsError

DRIVER = (*java.SMALL, "-XX:ReservedCodeCacheSize=128m")
"""In 48 MB, the default with the first compiler alone, compiled code is thrown away and compiled again all the time."""
EXECUTOR = (
    "-XX:+UseParallelGC",
    "-Xms128m",
    "-XX:Tier4InvocationThreshold=100000",
    "-XX:Tier4MinInvocationThreshold=12000",
    "-XX:Tier4CompileThreshold=300000",
    "-XX:Tier4BackEdgeThreshold=800000",
)
"""Throughput counts here, not the length of a pause. Java's second compiler pays off only under load: its thresholds
are 20 times the defaults, so that a stream of some rows per second does not keep it busy (docs/performance.md)."""
TRAINING = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""For a process of a minute that should leave the processor to others."""


def options(kind: Iterable[str], class_data: Path | None) -> list[str]:
    """The options of a kind of JVM, with those that map the archive of Spark's classes if one is named."""
    return [*java.OPTIONS, *kind, *(java.class_data(class_data) if class_data else [])]


def temporary_files(folder: Path) -> list[str]:
    """The option that puts temporary files there, relative to the folder of the process."""
    return [f"-Djava.io.tmpdir={folder}"]


def class_path(jars: Path) -> dict[str, str]:
    """The configuration that adds Spark's Kafka connector. Workers have it in the same folder as the driver.

    It comes first, as in SPARK_DAEMON_CLASSPATH of master and workers: one archive of classes then fits all four.
    Raise SettingsError if there is no jar.
    """
    if not any(jars.glob("*.jar")):
        raise SettingsError(f"no connector jars in {jars}: ./build_setup.sh installs them")
    return {f"spark.{jvm}.extraClassPath": f"{jars}/*" for jvm in ("driver", "executor")}
