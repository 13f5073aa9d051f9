"""From micro-batches to InfluxDB, with `spark_influxdb`: the ForeachWriter of the readings, the results of the jobs."""
