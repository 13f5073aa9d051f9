"""The program that spark-submit runs: starts the streaming queries and, on SIGTERM, ends them between two batches."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from pyspark.sql import SparkSession

from spark_app import jobs, waiting
from spark_app.context import Context
from spark_app.monitoring import executors
from spark_app.monitoring.executors import Executors
from spark_app.monitoring.progress import ProgressListener
from spark_app.running import Running
from spark_app.wall_clock import WallClock
from weather import logs, settings
from weather.ending import shutdown_event
from weather.errors import StackError
from weather.logs import facts

log = logging.getLogger("spark_app")

BATCH_END_TIMEOUT = 20.0
LOOK_EVERY = 1.0
FIRST_RECORDS_TIMEOUT = 10.0
"""Seconds that the other jobs wait for the first one to find records."""


def main() -> int:
    """Run until SIGTERM (return 0), or until the executors are lost or Spark has ended (return 1)."""
    logs.configure()
    for noisy in ("kafka", "py4j"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    stop = shutdown_event(signal.SIGTERM)
    try:
        variables = settings.Variables()
        options, chosen = settings.Spark.load(variables), jobs.chosen(variables)
        if not chosen:
            log.info(facts("waiting", reason="the source has no Spark job (SPARK_JOBS)"))
            stop.wait()
        waiting.wait_until(lambda: waiting.no_master(options.master_url), stop)
        if stop.is_set():
            return 0
        # Started before the stream, because a session takes most of the time until the first micro-batch.
        spark = SparkSession.builder.appName("weather").getOrCreate()
        wait_for_data(chosen, variables, stop)
        if stop.is_set():
            spark.stop()
            return 0
        context = Context.load(spark, variables)
        listener = ProgressListener(context.influxdb, context.batch_metrics.written, context.checkpoints)
        spark.streams.addListener(listener)
        watch = executors.of(spark.sparkContext)
        queries = start_jobs(chosen, context, watch, stop)

        def report_problems() -> None:
            listener.report({query.name: query.problem for query in queries})

        context.regularly.append(report_problems)
        log.info(facts("running", pid=os.getpid(), queries=len(queries), ui=spark.sparkContext.uiWebUrl))
        status = run_until_stopped(queries, watch, stop, context)
        spark.stop()
        return status
    except StackError as error:
        log.error(facts("cannot_start", error=error))
        return 1


def wait_for_data(chosen: Sequence[jobs.Job], variables: settings.Variables, stop: threading.Event) -> None:
    """Wait until the jobs' topics exist and InfluxDB is set up, or until `stop` is set."""
    kafka, influxdb = settings.Kafka.load(variables), settings.InfluxDB.load(variables)
    topics = [name for job in chosen for name in job.topics(variables)]
    waiting.wait_until(lambda: waiting.no_topics(kafka, topics) or waiting.no_token(influxdb), stop)


def start_jobs(chosen: Sequence[jobs.Job], context: Context, watch: Executors, stop: threading.Event) -> list[Running]:
    """Start all queries: those of the first job, and when their first micro-batch has ended, the others.

    The first job writes the readings. Its first batch takes long, because Spark compiles it and the Python workers
    start. Started together, all would take as long as the slowest. A batch never ends if the executors are lost, so the
    others do not wait for it then.
    """
    first, *others = chosen
    queries = start(first, context)
    if others:
        end = time.monotonic() + FIRST_RECORDS_TIMEOUT
        while any(is_in_first_batch(query, time.monotonic() < end) for query in queries):
            if stop.wait(0.1) or watch.lost():
                break
    return queries + [query for job in others for query in start(job, context)]


def start(job: jobs.Job, context: Context) -> list[Running]:
    """Start the queries of a job."""
    queries = [Running(query, partial(explain, checkpoint=query.checkpoint)) for query in job.queries(context)]
    for query in queries:
        query.start()
    return queries


def is_in_first_batch(query: Running, may_wait_for_records: bool) -> bool:
    """Whether a query's first batch with records has begun and not ended, or may still begin."""
    active = query.active
    if active is None or not active.isActive or active.lastProgress is not None:
        return False
    return may_wait_for_records or bool(active.status["isDataAvailable"])


def run_until_stopped(queries: Sequence[Running], watch: Executors, stop: threading.Event, context: Context) -> int:
    """Wait for SIGTERM, let the current batches end, and stop. A query that fails is started again.

    Return 1 if the executors are lost or Spark has ended: then the whole application must be started again. Meanwhile a
    thread calls the jobs' regular functions, because they may wait for InfluxDB.
    """
    lost = ended = False
    clock = WallClock()
    threading.Thread(target=call_regularly, args=(context.regularly, stop), name="regularly", daemon=True).start()
    while not stop.wait(LOOK_EVERY) and not lost and not ended:
        ended = context.has_ended()
        if not ended:
            lost = watch.lost()
            back = clock.was_set_back()
            if back:
                log.warning(facts("clock_set_back", seconds=round(back), then="the queries start again"))
            for query in queries:
                if back:
                    query.begin_again()
                query.look()
    if ended:
        log.error(facts("spark_ended", hint="the application is started again"))
        return 1
    if lost:
        log.error(facts("executors_lost", hint="the restarted application requests new executors"))
    else:
        let_batches_end(queries)
    for query in queries:
        stop_query(query)
    return 1 if lost else 0


def stop_query(query: Running) -> None:
    """Stop a query. If Spark gives up waiting for it (STOP_TIMEOUT in launch.py), the end of this process stops it."""
    if query.active is None:
        return
    try:
        query.active.stop()
    except Exception as error:
        log.error(facts("query_not_stopped", query=query.name, error=error))
    else:
        log.info(facts("query_stopped", query=query.name))


def call_regularly(functions: Sequence[Callable[[], None]], stop: threading.Event) -> None:
    """Call each function about once a second until `stop` is set. Log a failure once, and call again."""
    failing: dict[str, str] = {}
    while not stop.wait(LOOK_EVERY):
        for function in functions:
            name, problem = function.__qualname__, ""
            try:
                function()
            except Exception as error:  # no failure may stop the other functions or a query
                problem = repr(error)
            if problem and problem != failing.get(name):
                log.warning(facts("regular_call_failed", function=name, error=problem))
            failing[name] = problem


def let_batches_end(queries: Sequence[Running]) -> None:
    """Return when no query is in the middle of a batch, after BATCH_END_TIMEOUT seconds at most."""
    end = time.monotonic() + BATCH_END_TIMEOUT
    active = [query.active for query in queries if query.active is not None]
    while any(query.isActive and query.status["isTriggerActive"] for query in active) and time.monotonic() < end:
        time.sleep(0.02)


LOST = ("failOnDataLoss", "KAFKA_DATA_LOSS", "Partition offset was changed", "are gone")
OTHER_VERSION = ("supported log version", "failed to read correct log version", "UNSUPPORTED_LOG_VERSION")
"""Parts of Spark's messages."""


def explain(error: str, checkpoint: Path) -> str:
    """Return Spark's error. If the checkpoint does not fit, put in front of it what this means and what to do."""
    what_to_do = f"./submit.sh reset {checkpoint.name} lets the query begin at the start of its topic"
    if any(sign in error for sign in LOST):
        return (
            f"records that the checkpoint {checkpoint} expects are not in Kafka. If Kafka has lost its last records, "
            "the streamer sends them again, and the query goes on by itself. If the topic was deleted, or its "
            f"retention is too short: {what_to_do}. Spark: {error}"
        )
    if any(sign in error for sign in OTHER_VERSION):
        return f"the checkpoint {checkpoint} is of another version of Spark: {what_to_do}. Spark: {error}"
    return error


if __name__ == "__main__":
    sys.exit(main())
