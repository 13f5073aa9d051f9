"""The loop that the programs share: one owner per partition, offsets stored together with the result."""
