"""Rows to Kafka: the client, its topics, and the records that are sent but not yet confirmed."""
