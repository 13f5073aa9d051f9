"""Health checks of the components, made from this machine, the same for both modes.

Each check returns "" if the component is healthy, otherwise the problem as text.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable

from stack.common.web import request
from weather import settings
from weather.errors import StackError
from weather.settings.servers import SparkCluster

API_VERSIONS = struct.pack(">hhih", 18, 0, 1, -1)
"""Kafka's ApiVersions request, version 0, without a client id (Kafka protocol guide)."""


class Addresses:
    """The addresses of the components for a client on this machine."""

    def __init__(self, variables: settings.Variables) -> None:
        self.host = settings.client_host(variables.host())
        self.kafka_port = variables.port("KAFKA_PORT")
        self.influxdb = f"http://{self.host}:{variables.port('INFLUXDB_PORT')}"
        self.spark_master_ui = f"http://{self.host}:{variables.port('SPARK_UI_PORT')}"
        self.spark_master = f"spark://{self.host}:{variables.port('SPARK_MASTER_PORT')}"
        self.spark_app_ui = f"http://{self.host}:{variables.port('SPARK_APP_UI_PORT')}"
        self.datastream = f"http://{self.host}:{variables.port('DATASTREAM_FLASK_PORT')}"
        self.grafana = f"http://{self.host}:{variables.port('GRAFANA_PORT')}"
        self.database_port = variables.port("SQL_PORT")
        self.hdfs = f"http://{self.host}:{variables.port('HDFS_WEB_PORT')}"
        self.workers = SparkCluster.load(variables).workers


def kafka(at: Addresses) -> str:
    """Check that the broker answers an ApiVersions request."""
    try:
        with socket.create_connection((at.host, at.kafka_port), timeout=2) as connection:
            connection.sendall(struct.pack(">i", len(API_VERSIONS)) + API_VERSIONS)
            return "" if len(connection.recv(8)) == 8 else "the broker closed the connection"
    except OSError as error:
        return f"no answer at {at.host}:{at.kafka_port}: {error}"


def database(at: Addresses) -> str:
    """Check that MariaDB or MySQL greets a client in version 10 of its protocol."""
    try:
        with socket.create_connection((at.host, at.database_port), timeout=2) as connection:
            greeting = connection.recv(5)
            return "" if greeting[4:] == b"\n" else f"{at.host}:{at.database_port} is not a MariaDB or MySQL server"
    except OSError as error:
        return f"no answer at {at.host}:{at.database_port}: {error}"


def influxdb(at: Addresses) -> str:
    """Check that InfluxDB reports that it is ready for queries and writes."""
    return _answers(f"{at.influxdb}/health")


def spark_master(at: Addresses) -> str:
    """Check that the master's web page answers."""
    return _answers(f"{at.spark_master_ui}/json/")


def spark_workers(at: Addresses) -> str:
    """Check that at least as many workers are registered as the settings ask for."""
    try:
        workers = request(f"{at.spark_master_ui}/json/", timeout=2)["workers"]
    except StackError as error:
        return str(error)
    alive = sum(worker["state"] == "ALIVE" for worker in workers)
    return "" if alive >= at.workers else f"{alive} of {at.workers} workers are registered"


def spark_app(at: Addresses) -> str:
    """Check that the application runs and has executors."""
    try:
        application = request(f"{at.spark_app_ui}/api/v1/applications", timeout=2)[0]["id"]
        executors = request(f"{at.spark_app_ui}/api/v1/applications/{application}/executors", timeout=2)
    except (StackError, IndexError, KeyError, TypeError) as error:
        return str(error)
    return "" if len(executors) > 1 else "the application has no executor yet"


def datastream(at: Addresses) -> str:
    """Check that the streamer answers and reaches Kafka."""
    return _answers(f"{at.datastream}/health")


def grafana(at: Addresses) -> str:
    """Check that Grafana, or the dashboard viewer in its place, answers."""
    return _answers(f"{at.grafana}/api/health")


def hdfs(at: Addresses) -> str:
    """Check that the NameNode accepts writes and has a DataNode to store them."""
    try:
        state = request(f"{at.hdfs}/jmx?qry=Hadoop:service=NameNode,name=FSNamesystemState", timeout=3)["beans"][0]
    except (StackError, IndexError, KeyError, TypeError) as error:
        return str(error)
    if state["NumLiveDataNodes"] < 1:
        return "the NameNode has no DataNode yet"
    return "" if state["FSState"] == "Operational" else f"the NameNode is in state {state['FSState']}"


CHECKS: dict[str, Callable[[Addresses], str]] = {
    "kafka": kafka,
    "influxdb": influxdb,
    "spark-master": spark_master,
    "spark-workers": spark_workers,
    "datastream": datastream,
    "spark-app": spark_app,
    "grafana": grafana,
}
"""Component → its health check, in the order of the status table."""

BESIDE = {"database": database, "namenode": hdfs}
"""Service of a profile → its health check, if it can be checked from outside."""


def _answers(url: str) -> str:
    try:
        request(url, timeout=3)
    except StackError as error:
        return str(error)
    return ""
