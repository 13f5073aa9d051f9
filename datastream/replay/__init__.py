"""The stream itself: a thread that takes rows from a source, waits until each is due, and keeps its position."""
