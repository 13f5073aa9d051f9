"""Faults while the whole stack streams: what heals, how long it takes, and that the store is exact afterwards."""
