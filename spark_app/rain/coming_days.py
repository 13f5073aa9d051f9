"""The features of each station's coming day, kept in a file, so that another model can predict these days again."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from weather import files

SCHEMA = (
    "station_id STRING, station STRING, date DATE, month INT, sub1degrees FLOAT, sub1raining INT, "
    "sub2degrees FLOAT, sub2raining INT, sub1minimum DOUBLE, sub1maximum DOUBLE"
)
"""The columns of `features.known_before`."""
COLUMNS = tuple(column.split()[0] for column in SCHEMA.split(", "))


class ComingDays:
    """The newest day of each station. Days more than `late_days` before the newest of all stations are dropped."""

    def __init__(self, file: Path, late_days: int) -> None:
        self._file, self._late_days = file, late_days
        kept = json.loads(file.read_text(encoding="utf-8")) if file.exists() else []
        self._rows: dict[str, dict[str, Any]] = {row["station_id"]: row for row in kept}

    def take(self, known: DataFrame) -> None:
        """Add the newest day of each station in a batch, and write all of them to the file."""
        newest = known.groupBy("station_id").agg(F.max_by(F.struct(*COLUMNS), "date").alias("row")).select("row.*")
        rows = [row.asDict() | {"date": row["date"].isoformat()} for row in newest.collect()]
        if not rows:
            return
        for row in rows:
            if row["date"] >= self._rows.get(row["station_id"], row)["date"]:
                self._rows[row["station_id"]] = row
        newest_of_all = date.fromisoformat(max(row["date"] for row in self._rows.values()))
        oldest = (newest_of_all - timedelta(days=self._late_days)).isoformat()
        self._rows = {station: row for station, row in self._rows.items() if row["date"] >= oldest}
        files.replace(self._file, json.dumps(list(self._rows.values())))

    def rows(self, spark: SparkSession) -> DataFrame | None:
        """The features of these days, in the columns of `features.known_before`; None if there is no day."""
        if not self._rows:
            return None
        rows = [tuple({**row, "date": date.fromisoformat(row["date"])}[name] for name in COLUMNS)
                for row in self._rows.values()]  # fmt: skip
        return spark.createDataFrame(rows, SCHEMA)
