"""Native mode: the same components as local processes under a supervisor, and their installers."""
