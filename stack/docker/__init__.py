"""Docker mode: the components as containers of Docker Compose."""
