"""Rows and lines of a micro-batch to InfluxDB: the ForeachWriter, the write API, refused lines."""
