"""A CSV file to InfluxDB: each row is a point, and a second run changes nothing. Run it with the file's path."""

import os
import sys

from pyspark.sql import SparkSession

import spark_influxdb

spark = SparkSession.builder.getOrCreate()
rows = spark.read.csv(sys.argv[1], header=True, schema="time TIMESTAMP, room STRING, degrees DOUBLE, open BOOLEAN")
written = spark_influxdb.write(
    rows,
    {
        "url": os.environ["INFLUXDB_URL"], "org": os.environ["INFLUXDB_ORG"], "bucket": os.environ["INFLUXDB_BUCKET"],
        "token_file": os.environ["INFLUXDB_TOKEN_FILE"], "measurement": "rooms", "tags": "room", "precision": "s",
    },
)  # fmt: skip
print(f"{written.points} points in {written.requests} requests")
