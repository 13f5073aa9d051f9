"""The loop of every program: one owner a partition, and offsets that are saved together with the result."""
