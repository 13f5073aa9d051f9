"""Contenders: different ways to write a topic to InfluxDB. `catalogue` says how each is started."""
