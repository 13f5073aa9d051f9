"""`python -m benchmarks.contenders.connector format|prepared|rows`: the connector in a plain Spark program.

format    `writeStream.format("influxdb")`
prepared  `spark_influxdb.prepared` and the ForeachWriter
rows      the ForeachWriter with plain rows
"""

from __future__ import annotations

import sys

import spark_influxdb
from benchmarks.contenders.spark_stream import TIME, session, streamed
from weather import settings
from weather.reading import MEASUREMENT, TAGS


def main(way: str) -> None:
    """Stream until the process is ended."""
    variables = settings.Variables()
    sink, options = settings.InfluxDBSink.load(variables), settings.Spark.load(variables)
    into = {
        "url": sink.url, "org": sink.org, "bucket": sink.bucket, "token_file": str(sink.write_token_file),
        "measurement": MEASUREMENT, "tags": ",".join(TAGS), "time": TIME, "precision": "s",
    }  # fmt: skip
    spark_influxdb.register(session(options))
    readings = streamed(variables)
    rows = spark_influxdb.prepared(readings, into) if way == "prepared" else readings
    output = rows.writeStream.option("checkpointLocation", str(options.checkpoints))
    if way == "format":
        query = output.format("influxdb").options(**into).start()
    else:
        query = output.foreach(spark_influxdb.InfluxDBWriter(into)).start()
    query.awaitTermination()


if __name__ == "__main__":
    main(sys.argv[1])
