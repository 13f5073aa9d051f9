"""What the scripts call: the set-up, submit, status, stream and clean commands, in Docker mode or in native mode."""
