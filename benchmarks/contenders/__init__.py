"""Topic → InfluxDB, each in another way. `catalogue` tells how each is started."""
