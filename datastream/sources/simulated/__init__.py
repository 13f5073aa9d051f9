"""Sources `stations` and `place`: simulated weather, the same for the same seed."""
