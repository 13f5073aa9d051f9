"""Checkpoints as files: which are whole, and what to go back to after a power failure has torn one."""
