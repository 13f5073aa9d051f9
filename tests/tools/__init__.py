"""Programs that the tests need and the stack itself does not."""
