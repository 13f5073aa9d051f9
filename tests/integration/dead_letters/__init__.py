"""The tool for dead letters, with a real broker."""
