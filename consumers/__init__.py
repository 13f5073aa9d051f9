"""TOPIC → FILES: programs that read topics for themselves, beside Spark, and keep each message exactly once."""
