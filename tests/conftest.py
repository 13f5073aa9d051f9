"""Fixtures of all tests: a real broker, a real InfluxDB, and Spark without a cluster."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pandas as pd
import pytest
from pyspark.sql import SparkSession

from spark_app import jvm
from spark_app.launch import CHECKPOINT_FILES
from stack.native import class_data, venv
from stack.native.install import Installation
from testing.environment import settings_environment
from testing.servers import Broker, InfluxDBServer, running_influxdb
from weather import java
from weather.settings import Variables

# Otherwise a warning about "a copy of a slice" depends on when garbage is collected; this is the only way of pandas 3.
pd.options.mode.copy_on_write = True


@pytest.fixture(scope="session", autouse=True)
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """What native mode has installed. Spark's JVMs take its classes, because there is an archive of them.

    Spark's Python workers otherwise take the system's Python, which lacks the packages.
    """
    installed = Installation(Variables(settings_environment()), tmp_path_factory.mktemp("installation") / "install.log")
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    if installed.has_class_data():
        os.environ["SPARK_HOME"] = str(venv.site_packages(installed.python()) / "pyspark")
        os.environ["SPARK_CLASS_DATA"] = str(installed.class_data(class_data.SPARK))
    return installed


@pytest.fixture(scope="module")
def influxdb_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDBServer]:
    """A real InfluxDB for the tests of one file: their points are nobody else's."""
    with running_influxdb(tmp_path_factory.mktemp("influxdb")) as server:
        yield server


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A real Kafka broker, shared by the tests of a session; each takes a topic of its own."""
    running = Broker(tmp_path_factory.mktemp("kafka"))
    try:
        running.start()
        yield running
    finally:
        running.kill()


@pytest.fixture(scope="session")
def spark(installation: Installation) -> Iterator[SparkSession]:
    """Spark without a cluster, configured as the application configures it; one for all, as its JVM lives on."""
    java_options = java.line(jvm.options(jvm.DRIVER, installation.class_data(class_data.SPARK)))
    session = (
        SparkSession.builder.master("local[2]")
        .appName("tests")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config(map=jvm.class_path(installation.connector_jars()))
        .config("spark.driver.extraJavaOptions", java_options)
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config(map=CHECKPOINT_FILES)
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.sql.adaptive.enabled", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()
