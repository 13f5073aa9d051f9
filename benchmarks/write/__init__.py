"""Code that the benchmarks of the write path share: readings, servers, processes, and one measurement."""
