"""PySpark's daemon, which forks an executor's Python workers, with everything that they need already imported.

A worker that imports pyarrow and pandas itself takes a second of CPU time and 60 MB of memory; forked ones share both.
After each task a worker collects garbage, which takes 67 ms of CPU time with these packages imported, although it finds
nothing. Objects that exist before the fork are therefore frozen: the collector no longer visits them.
"""

from __future__ import annotations

import gc

import pyspark.worker  # noqa: F401
from pyspark.daemon import manager

import spark_app.influxdb.results
import spark_app.influxdb.writer
import spark_app.readings.chunks
import spark_app.uscrn.batches  # noqa: F401

if __name__ == "__main__":
    gc.collect()
    gc.freeze()
    manager()
