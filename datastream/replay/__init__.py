"""The stream: a thread that takes rows from a source, waits until each is due, and stores its position."""
