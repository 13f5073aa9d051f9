"""Opens the provisioned dashboards without a Grafana server: a small web server and a page of Grafana's libraries."""
