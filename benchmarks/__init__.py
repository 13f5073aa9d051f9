"""Benchmarks. They printed every measured number in the documents; no test depends on time."""
