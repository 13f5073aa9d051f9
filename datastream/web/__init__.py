"""The interface for browsers and Prometheus: the HTTP API, the live page and the metrics."""
