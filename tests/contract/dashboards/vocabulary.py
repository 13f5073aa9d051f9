"""The measurements, fields and columns that a dashboard may name."""

from __future__ import annotations

import re

from spark_app.uscrn.results import ROUTES
from testing.environment import ROOT
from weather import daily, uscrn
from weather.reading import DAILY_MEASUREMENT, FIELDS, MEASUREMENT, TAGS

SCRAPED = {
    *("datastream_rate", "datastream_rows_waiting", "datastream_disk_free_ratio", "datastream_rows_sent_total"),
    *("datastream_rows_rejected_total", "datastream_rows_failed_total", "datastream_values_doubtful_total"),
    *("datastream_rows_skipped_total", "datastream_process_resident_memory_bytes"),
    *("go_memstats_sys_bytes", "datastream_kafka_answers"),
    *(f"metrics_executor_ProcessTree{part}RSSMemory_bytes" for part in ("JVM", "Python")),
}
MEASUREMENTS = {MEASUREMENT, DAILY_MEASUREMENT, "pipeline", daily.STATISTICS, daily.FORECAST} | SCRAPED
MEASUREMENTS |= {daily.TRAINING, daily.MODELS}
MEASUREMENTS |= {uscrn.HOURLY, uscrn.OUTLIERS, uscrn.HOTTEST}
FIGURES = set(re.findall(r"`(\w+)`", (ROOT / "influxdb" / "README.md").read_text().split("Measurement `pipeline`")[1]))
"""The fields of measurement `pipeline`, as the store's document names them."""
FIVE_MINUTE_FIELDS = {name for route in ROUTES.values() for name in (*route.points.fields, *route.points.tags)}
"""What the points of the job `uscrn` hold."""
FIELD_NAMES = {*daily.STATISTICS_FIELDS, *daily.PREDICTED_FIELDS, *daily.OBSERVED_FIELDS, *FIVE_MINUTE_FIELDS}
FIELD_NAMES |= {*daily.TRAINING_FIELDS, *daily.MODEL_FIELDS}
FIELD_NAMES |= {field.name for field in FIELDS} | FIGURES | {"gauge", "counter", "sum", "value"}
COLUMNS = FIELD_NAMES | set(TAGS) | {"_measurement", "_field", "_time", "_value", "_start", "_stop"}
COMPUTED = {
    *("lower_bound", "le", "colour", "silent", "row", "lowest", "median", "highest"),  # overview
    *(
        "partition",
        "reason",
        "Records",
        "Problem",
        "lag",
        "executor_id",
        "Streamer",
        "Kafka",
        "Spark",
        "InfluxDB",
        "retries",
    ),  # pipeline
    *(
        "station",
        "pair",
        "statistic",
        "count",
        "quantity",
        "unit",
        "latest",
        "mean",
        "total",
        "sector",
        "hours",
        "Rain_so_far",
    ),  # station
    *("never_rain", "as_yesterday", "days", "day", "part", "said", "rainy", "came", "predicted_dry", "predicted_rainy"),
    *("wrong", "name", "month", "column", "degrees", "minimum", "maximum", "right", "since"),  # predictions
    *("name", "reading"),  # uscrn
}
"""Columns and series that queries make themselves."""
WHENEVER = {"Training", "Trained models"}
"""Panels of what happens now, on a dashboard of the readings' days."""
