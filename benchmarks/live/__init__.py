"""Measurements of sources that are followed."""
