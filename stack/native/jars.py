"""The folders of the cache that Maven fills with jars."""

from __future__ import annotations

import hashlib
from pathlib import Path

from stack.common import profiles
from stack.common.environment import ROOT
from weather import settings

KAFKA_POM = Path(__file__).with_name("kafka") / "pom.xml"
HADOOP_POM = Path(__file__).with_name("hadoop") / "pom.xml"
CONNECTOR_POM = ROOT / "spark_app" / "pom.xml"


def kafka_folder(variables: settings.Variables) -> Path:
    """The folder of the broker's jars; its name depends on the version and on the pom."""
    return Path(variables.text("STACK_CACHE")) / f"kafka-{variables.text('KAFKA_VERSION')}-{_digest(KAFKA_POM)}"


def hadoop_folder(variables: settings.Variables) -> Path:
    """The folder of the jars of HDFS; its name depends on the version and on the pom."""
    return Path(variables.text("STACK_CACHE")) / f"hadoop-{variables.text('HADOOP_VERSION')}-{_digest(HADOOP_POM)}"


def connector_folder(variables: settings.Variables) -> Path:
    """The folder of the jars of Spark's Kafka connector; its name depends on the version."""
    return Path(variables.text("STACK_CACHE")) / f"spark-connector-{variables.text('SPARK_VERSION')}"


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:8]


def jar_folders(variables: settings.Variables) -> list[Path]:
    """The folders of jars that these settings need."""
    hadoop = [hadoop_folder(variables)] if "namenode" in profiles.chosen(variables) else []
    return [kafka_folder(variables), connector_folder(variables), *hadoop]
