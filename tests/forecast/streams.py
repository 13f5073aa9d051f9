"""Streams of hand-made rows: each list of rows is a micro-batch, in the order in which they arrive."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from spark_app.monitoring.progress import batch_fields
from spark_app.monitoring.write_metrics import WriteMetrics
from spark_app.queries import BATCHES_WITHOUT_RECORDS

REPORT = "station_id STRING, station STRING, day TIMESTAMP, degrees DOUBLE, raining INT, minimum DOUBLE, maximum DOUBLE"

Row = dict[str, Any]

_numbers = itertools.count()


def report(station: str, date: str, degrees: float = 10.0, raining: int = 0) -> Row:
    """A daily report as `report_stream.valid_reports` gives it."""
    return {
        "station_id": station,
        "station": station,
        "day": f"{date} 00:00:00",
        "degrees": degrees,
        "raining": raining,
    }


class Feed:
    """A stream that a test feeds batch by batch, and what a query made of each."""

    def __init__(
        self, spark: SparkSession, folder: Path, schema: str, made_of: Callable[[DataFrame], DataFrame], mode: str
    ) -> None:
        self._spark, self._folder = spark, folder / f"feed-{next(_numbers)}"
        (self._folder / "in").mkdir(parents=True)
        self.batches: list[list[Row]] = []
        source = spark.readStream.schema(schema).option("maxFilesPerTrigger", "1").json(str(self._folder / "in"))
        spark.conf.set(BATCHES_WITHOUT_RECORDS, "true")  # the session is shared, and a query of the application sets it
        self.query = (
            made_of(source)
            .writeStream.outputMode(mode)
            .option("checkpointLocation", str(self._folder / "checkpoint"))
            .foreachBatch(lambda batch, _: self.batches.append([row.asDict() for row in batch.collect()]))
            .start()
        )

    def send(self, rows: Sequence[Row]) -> list[Row]:
        """The rows that came out after these have gone in."""
        before = len(self.batches)
        name = f"{next(_numbers):06d}.json"
        (self._folder / name).write_text("\n".join(json.dumps(row) for row in rows))
        (self._folder / name).rename(self._folder / "in" / name)
        self.query.processAllAvailable()
        return list(itertools.chain.from_iterable(self.batches[before:]))

    def rows_too_late(self) -> float:
        """How many rows of all batches so far came too late, as the application's figures tell it."""
        return sum(batch_fields(progress, WriteMetrics())["late_rows"] for progress in self.query.recentProgress)

    def rows_kept(self) -> int:
        """How many rows the query's state holds."""
        progress = self.query.lastProgress
        return sum(operator["numRowsTotal"] for operator in progress["stateOperators"]) if progress else 0
