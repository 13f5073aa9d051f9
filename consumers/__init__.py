"""TOPIC → ELSEWHERE: programs that read topics for themselves, beside Spark."""
