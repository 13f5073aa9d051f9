"""A Docker engine, base images built locally, and a stack of containers."""
