"""Support for tests and benchmarks: real servers and stacks, doubles, generated input."""
