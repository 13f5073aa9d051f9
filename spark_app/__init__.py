"""Topic → InfluxDB: the Spark Structured Streaming application."""
