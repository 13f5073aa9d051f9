"""Source `csv`: CSV or NDJSON files of your own, described in a TOML file."""
