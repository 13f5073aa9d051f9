"""A month of a measurement from InfluxDB into pandas, read in parallel slices of time. Run it with the two dates."""

import os
import sys

from pyspark.sql import SparkSession

import spark_influxdb

spark = SparkSession.builder.getOrCreate()
spark_influxdb.register(spark)
month = spark.read.format("influxdb").options(
    url=os.environ["INFLUXDB_URL"], org=os.environ["INFLUXDB_ORG"], bucket=os.environ["INFLUXDB_BUCKET"],
    token_file=os.environ["INFLUXDB_TOKEN_FILE"], measurement="rooms", start=sys.argv[1], stop=sys.argv[2],
)  # fmt: skip
frame = month.load().toPandas()
print(frame.describe(), frame.groupby("room").degrees.mean(), sep="\n")
