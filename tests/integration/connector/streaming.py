"""`python -m tests.integration.connector.streaming FOLDER`: writes the files of FOLDER/rows in three ways, and ends.

Each way has its own measurement. The options of the connector are in FOLDER/options.json. A second run goes on where
the first one was killed.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from pyspark.sql import SparkSession

import spark_influxdb

WAYS = ("format", "foreach_batch", "foreach")


def main(folder: Path) -> None:
    """Write all files."""
    spark = (
        SparkSession.builder.master("local-cluster[1,2,768]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.driver.memory", "512m")
        .config("spark.executor.memory", "512m")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .getOrCreate()
    )
    spark_influxdb.register(spark)
    rows = spark.readStream.schema("time TIMESTAMP, station STRING, value DOUBLE").option("maxFilesPerTrigger", 1)
    files = rows.json(str(folder / "rows"))
    queries = []
    for way in WAYS:
        into = json.loads((folder / "options.json").read_text()) | {"measurement": way}
        chunks = spark_influxdb.prepared(files, into) if way == "foreach" else files
        output = chunks.writeStream.option("checkpointLocation", str(folder / way)).queryName(way)
        if way == "format":
            queries.append(output.format("influxdb").options(**into).start())
        elif way == "foreach_batch":
            queries.append(output.foreachBatch(spark_influxdb.batch_function(into)).start())
        else:
            queries.append(output.foreach(spark_influxdb.InfluxDBWriter(into)).start())
    for query in queries:
        query.processAllAvailable()
    for query in queries:
        query.stop()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
