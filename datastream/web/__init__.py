"""What a browser and Prometheus see: the HTTP API, the live page and the metrics."""
