"""Support of tests and benchmarks: real servers and stacks, doubles, made-up input."""
