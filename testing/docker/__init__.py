"""A Docker engine, base images made locally, and a stack of containers."""
