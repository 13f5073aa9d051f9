"""The commands behind the scripts: set-up, submit, status, stream and clean, in Docker mode or in native mode."""
