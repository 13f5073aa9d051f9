"""The connector beside the other ways from Spark to InfluxDB and back."""
