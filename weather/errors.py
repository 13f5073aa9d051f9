"""The errors of the stack, grouped by what the caller does.

StackError
├── SettingsError     stop: a setting must be changed
├── SourceError       stop: the source's data must be corrected
├── SetupError        stop: a component does not match the settings
├── Unavailable       retry: a component does not answer now
└── RejectedRecord    dead-letter this record, with its reason, and continue
"""

from __future__ import annotations


class StackError(Exception):
    """Base of all errors that the stack explains to its user."""


class SettingsError(StackError):
    """A setting is missing, malformed or contradicts another one."""


class SourceError(StackError):
    """The data cannot be read in the expected format; the message names file and line."""


class SetupError(StackError):
    """A component exists but does not match the settings; the message says what to do."""


class Unavailable(StackError):
    """A component does not answer at the moment; a retry may succeed."""


class RejectedRecord(StackError):
    """One record is invalid. `reason` is short, `record` is the bytes as received, `where` is their origin."""

    def __init__(self, reason: str, record: bytes, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.record = record
        self.where = where
