"""Kafka as the jobs use it: a topic as a stream, topics that must exist, dead-letter records."""
