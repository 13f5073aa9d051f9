"""The dashboards: written in Python, built to JSON, provisioned in Grafana. Imports only `weather` of this project."""
