"""Measurements. What a document states as a figure was printed by one of these; no test depends on time."""
