"""TOPIC → FILES: consumer programs that run beside Spark and store each message exactly once."""
