"""The dashboards: written as Python, built to JSON, provisioned into Grafana. Imports nothing but `weather`."""
