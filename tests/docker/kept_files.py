"""What the consumers in containers have kept, and what Kafka and the database hold of it, seen from this machine."""

from __future__ import annotations

import csv
import json
from typing import Any

import requests
from kafka import KafkaConsumer, TopicPartition
from sqlalchemy import select

from datastream.sources.sql import table as sql_table
from testing.docker.docker_stack import DockerStack
from testing.reports_sent import Sent
from weather import settings
from weather.messages import report_pb2, station_report_pb2
from weather.topics import STATIONS, TEMPERATURES

Row = tuple[str, str, float]

Report = report_pb2.Report | station_report_pb2.Report
REPORT: dict[str, type[Report]] = {STATIONS: report_pb2.Report, TEMPERATURES: station_report_pb2.Report}
"""Topic → its message; a report of the one place is that of a station without the station."""


def table(stack: DockerStack) -> list[tuple[Any, ...]]:
    """The rows of the SQL table."""
    with sql_table.connect(settings.Database.load(stack.variables)) as connection:
        return [tuple(row) for row in connection.execute(select(sql_table.TEMPERATURES).order_by("id"))]


def rows_of_the_table(stack: DockerStack) -> list[Row]:
    """The same as the archive holds them, sorted."""
    return sorted((station, str(day), degrees) for _, station, day, degrees in table(stack))


def archived(stack: DockerStack) -> list[Row]:
    """Every row that `consumers.reader` finds in the archive, sorted; repeated ones are there as often as they come."""
    lines = stack.inside(stack.container("parquet"), "python -m consumers.reader --csv").splitlines()
    return sorted((row["station_id"], row["date"], float(row["degrees"])) for row in csv.DictReader(lines))


def files_in_hdfs(stack: DockerStack) -> set[str]:
    """The names in the archive's folder, as the NameNode's published port tells them."""
    url = f"http://127.0.0.1:{stack.environment['HDFS_WEB_PORT']}/webhdfs/v1/data?op=LISTSTATUS"
    found = requests.get(url, timeout=5).json()["FileStatuses"]["FileStatus"]
    return {file["pathSuffix"] for file in found}


def checkpoints(stack: DockerStack, program: str) -> dict[int, dict[str, Any]]:
    """Partition → the program's `partition-N.json`, which lies on this machine."""
    files = sorted((stack.home / "data" / "consumers" / program).glob("partition-*.json"))
    return {int(file.stem.partition("-")[2]): json.loads(file.read_text()) for file in files}


def sent(stack: DockerStack, topic: str) -> dict[int, list[Sent]]:
    """Partition → the messages that the topic holds, in their order."""
    servers = settings.KafkaServers.load(stack.variables).bootstrap_servers
    consumer = KafkaConsumer(bootstrap_servers=servers, enable_auto_commit=False)
    partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic))]
    consumer.assign(partitions)
    consumer.seek_to_beginning()
    ends = consumer.end_offsets(partitions)
    found: dict[int, list[Sent]] = {position.partition: [] for position in partitions}
    while sum(map(len, found.values())) < sum(ends.values()):
        for position, records in consumer.poll(timeout_ms=1000).items():
            for record in records:
                report = REPORT[topic].FromString(record.value)
                message = Sent(record.key.decode(), report.date, report.degrees, record.value)
                found[position.partition].append(message)
    consumer.close()
    return found
