"""Records from Kafka: topics, partitions, decoded reports, dead-letter records."""
