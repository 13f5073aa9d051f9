"""In which order the jobs start, with Spark's own sources."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.streaming import DataStreamWriter, StreamingQuery

from spark_app import main
from spark_app.jobs import Job
from spark_app.launch import submit_command
from spark_app.monitoring.executors import Executors
from testing.environment import WAIT_TIMEOUT, settings_environment
from weather import settings

Start = Callable[[DataFrame, Callable[[DataFrame, int], None]], Job]


class Described:
    """A query of a job."""

    checkpoint = Path("checkpoints/described")

    name = "described"

    def __init__(self, writer: DataStreamWriter) -> None:
        self.start = writer.start


CONTEXT: Any = SimpleNamespace(regularly=[], options=None, has_ended=lambda: False)


@pytest.fixture
def job(spark: SparkSession, tmp_path: Path) -> Iterator[Start]:
    """Makes a job with one query over these rows. All queries end with the test."""

    def made(rows: DataFrame, write: Callable[[DataFrame, int], None]) -> Job:
        query = rows.writeStream.foreachBatch(write).option("checkpointLocation", str(tmp_path / "checkpoint"))
        return Job(lambda variables: [], lambda context: [Described(query)])  # type: ignore[list-item]

    yield made
    for query in spark.streams.active:
        query.stop()


RUNNING = Executors(lambda: 1)


def other(started: list[str]) -> Job:
    def queries(context: Any) -> list[StreamingQuery]:
        started.append("the other job")
        return []

    return Job(lambda variables: [], queries)


def test_the_other_jobs_start_after_the_first_batch_of_the_first(spark: SparkSession, job: Start) -> None:
    events: list[str] = []
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).load()
    first = job(rows, lambda batch, number: events.append(f"batch {number}"))
    [query] = main.start_jobs([first, other(events)], CONTEXT, RUNNING, threading.Event())
    assert events[0] == "batch 0"
    assert "the other job" in events
    assert query.active is not None and query.active.isActive


def test_they_do_not_wait_long_for_records(
    spark: SparkSession, job: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(main, "FIRST_RECORDS_TIMEOUT", 0.5)
    (tmp_path / "empty").mkdir()
    events: list[str] = []
    rows = spark.readStream.schema("value int").json(str(tmp_path / "empty"))
    main.start_jobs([job(rows, lambda batch, number: None), other(events)], CONTEXT, RUNNING, threading.Event())
    assert events == ["the other job"]


def test_a_first_job_that_fails_or_is_stopped_keeps_none_waiting(spark: SparkSession, job: Start) -> None:
    def fail(batch: DataFrame, number: int) -> None:
        raise ValueError("a failure of the test")

    events: list[str] = []
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).load()
    [query] = main.start_jobs([job(rows, fail), other(events)], CONTEXT, RUNNING, threading.Event())
    assert events == ["the other job"]
    query.look()
    assert "a failure of the test" in query.problem


def test_a_batch_whose_executors_are_lost_keeps_none_waiting(spark: SparkSession, job: Start) -> None:
    hours = itertools.count(step=3600.0)
    lost, goes_on = Executors(lambda: 0, lambda: next(hours)), threading.Event()

    def hang(batch: DataFrame, number: int) -> None:
        goes_on.wait()

    events: list[str] = []
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).load()
    first = job(rows, hang)
    main.start_jobs([first, other(events)], CONTEXT, lost, threading.Event())
    goes_on.set()
    assert events == ["the other job"]


def test_lost_executors_end_the_application_even_if_a_query_cannot_be_stopped(spark: SparkSession, job: Start) -> None:
    """The Python function of a query may hang. Spark waits for it indefinitely unless it has a timeout."""
    in_the_batch, end = threading.Event(), threading.Event()

    def write(batch: DataFrame, number: int) -> None:
        in_the_batch.set()
        end.wait(WAIT_TIMEOUT)

    spark.conf.set("spark.sql.streaming.stopTimeout", "500ms")
    rows = spark.readStream.format("rate-micro-batch").option("rowsPerBatch", 1).load()
    queries = main.start(job(rows, write), CONTEXT)
    try:
        assert in_the_batch.wait(WAIT_TIMEOUT)
        lost = Executors(lambda: 0, itertools.count(step=1000).__next__)
        assert main.run_until_stopped(queries, lost, threading.Event(), CONTEXT) == 1
    finally:
        end.set()
        spark.conf.unset("spark.sql.streaming.stopTimeout")


def test_the_application_has_such_a_timeout() -> None:
    options = settings.Spark.load(settings.Variables(settings_environment()))
    command = submit_command(options, Path("packages.zip"), Path("tmp"))
    assert "spark.sql.streaming.stopTimeout=10s" in command
