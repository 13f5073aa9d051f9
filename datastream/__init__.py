"""Source → topic: reads a source in time order and publishes it to Kafka at a rate that can be changed live."""
