"""From micro-batches to InfluxDB: the ForeachWriter, the write API, refused lines."""
