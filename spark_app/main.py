"""What spark-submit runs: starts the streaming queries and ends them between two batches on SIGTERM."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time

from pyspark.errors import StreamingQueryException
from pyspark.sql import SparkSession
from pyspark.sql.streaming import StreamingQuery

from spark_app import executors, meteo
from spark_app.dead_letters import missing_topics
from spark_app.executors import Executors
from spark_app.figures import ByBatch, Figures
from spark_app.progress import ProgressListener
from weather import logs, settings
from weather.ending import told_to_end
from weather.errors import StackError, Unavailable
from weather.logs import facts

log = logging.getLogger("spark_app")

BATCH_ENDS_WITHIN = 20.0


def main() -> int:
    """Run until SIGTERM (0) or until a query fails (1)."""
    logs.configure()
    for noisy in ("kafka", "py4j"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    stop = told_to_end(signal.SIGTERM)
    try:
        variables = settings.Variables()
        kafka, influxdb = settings.Kafka.load(variables), settings.InfluxDB.load(variables)
        options = settings.Spark.load(variables)
        wait_for_topics(kafka, stop)
        if stop.is_set():
            return 0
        spark = SparkSession.builder.appName("weather").getOrCreate()
        ledger = spark.sparkContext.accumulator({}, ByBatch())
        spark.streams.addListener(ProgressListener(influxdb, lambda batch: ledger.value.pop(batch, Figures())))
        query = meteo.start(spark, kafka, influxdb, options, ledger)
        log.info(facts("running", pid=os.getpid(), topic=kafka.topic, ui=spark.sparkContext.uiWebUrl))
        status = run_until_stopped(query, executors.of(spark.sparkContext), stop, options)
        spark.stop()
        return status
    except StackError as error:
        log.error(facts("cannot_run", error=error))
        return 1


def wait_for_topics(kafka: settings.Kafka, stop: threading.Event) -> None:
    """Return when the topics exist; the streamer makes them when it first streams."""
    told = ""
    while not stop.is_set():
        try:
            missing = ", ".join(missing_topics(kafka))
            if not missing:
                return
            waiting_for = f"topic {missing}: ./start-streaming.sh creates it"
        except Unavailable as error:
            waiting_for = str(error)
        if waiting_for != told:
            log.info(facts("waiting", reason=waiting_for))
            told = waiting_for
        stop.wait(0.5)


def run_until_stopped(
    query: StreamingQuery, workforce: Executors, stop: threading.Event, options: settings.Spark
) -> int:
    """Wait for SIGTERM, let the batch under way end, and stop; 1 where the query failed or lost its executors."""
    try:
        while query.isActive and not stop.is_set():
            query.awaitTermination(timeout=1)
            if workforce.are_lost():
                log.error(
                    facts("executors_lost", query=query.name, hint="started again, the application asks for new ones")
                )
                query.stop()
                return 1
        if query.exception() is None:
            end = time.monotonic() + BATCH_ENDS_WITHIN
            while query.status["isTriggerActive"] and time.monotonic() < end:
                time.sleep(0.02)
            query.stop()
            log.info(facts("stopped", query=query.name))
            return 0
        error: object = query.exception()
    except StreamingQueryException as failure:
        error = failure
    log.error(facts("query_failed", query=query.name, error=explain(str(error), options)))
    return 1


def explain(error: str, options: settings.Spark) -> str:
    """What lost data means and what to do about it, in front of Spark's own words; other errors as they are."""
    signs = ("failOnDataLoss", "KAFKA_DATA_LOSS", "Partition offset was changed", "are gone")
    if any(sign in error for sign in signs):
        return (
            f"records that the checkpoint in {options.checkpoints} expects are no longer in Kafka (the topic was "
            "deleted and made again, or its retention is too short). `./clean.sh --yes` drops topic, store and "
            f"checkpoint together; to keep the store, remove only the checkpoint and submit again. Spark says: {error}"
        )
    return error


if __name__ == "__main__":
    sys.exit(main())
