"""Code that the commands and both modes share: steps, health checks, ports, environments, optional services."""
