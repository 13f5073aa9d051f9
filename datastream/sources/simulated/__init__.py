"""Sources `stations` and `place`: made-up weather, the same for the same seed."""
