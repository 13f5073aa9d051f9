"""Backup of a whole stack to one file, and its restore onto an empty stack."""
