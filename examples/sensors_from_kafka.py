"""Sensor readings as JSON from a Kafka topic to InfluxDB, exactly once in the store.

A message is {"sensor": "roof", "at": "2026-01-01T12:00:00Z", "degrees": 21.5, "humidity": 40}. Run it with:
spark-submit --packages org.apache.spark:spark-sql-kafka-0-10_2.13:4.2.0 examples/sensors_from_kafka.py
"""

import os

from pyspark.sql import SparkSession
from pyspark.sql.functions import from_json

import spark_influxdb

spark = SparkSession.builder.getOrCreate()
spark_influxdb.register(spark)
kafka = {"kafka.bootstrap.servers": os.environ["KAFKA"], "subscribe": "sensors", "startingOffsets": "earliest"}
texts = spark.readStream.format("kafka").options(**kafka).load().selectExpr("CAST(value AS STRING) AS text")
columns = "sensor STRING, at TIMESTAMP, degrees DOUBLE, humidity DOUBLE"
rows = texts.select(from_json("text", columns).alias("reading")).select("reading.*").where("sensor IS NOT NULL")
influxdb = {
    "url": os.environ["INFLUXDB_URL"], "org": os.environ["INFLUXDB_ORG"], "bucket": os.environ["INFLUXDB_BUCKET"],
    "token_file": os.environ["INFLUXDB_TOKEN_FILE"], "measurement": "sensors", "tags": "sensor", "time": "at",
}  # fmt: skip
output = rows.writeStream.format("influxdb").options(**influxdb).option("checkpointLocation", os.environ["CHECKPOINT"])
output.start().awaitTermination()
