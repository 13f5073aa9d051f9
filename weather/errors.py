"""What can go wrong, grouped by what the caller does about it.

StackError
├── SettingsError     stop: somebody must change a setting
├── SourceError       stop: somebody must change the data file
├── SetupError        stop: a component holds something else than the settings say
├── Unavailable       retry: a component does not answer now
└── RejectedRecord    set this one record aside, with its reason, and go on
"""

from __future__ import annotations


class StackError(Exception):
    """Any error that the stack explains to its user in its own words."""


class SettingsError(StackError):
    """A setting is missing, malformed or contradicts another one."""


class SourceError(StackError):
    """The data cannot be read as the format it should have; the message names file and line."""


class SetupError(StackError):
    """A component is there, but not as the settings say; the message tells what to do."""


class Unavailable(StackError):
    """A component does not answer at the moment; trying again may help."""


class RejectedRecord(StackError):
    """One record cannot be used. `reason` is short and countable, `record` is the bytes as received."""

    def __init__(self, reason: str, record: bytes, where: str = "") -> None:
        super().__init__(f"{where}: {reason}" if where else reason)
        self.reason = reason
        self.record = record
        self.where = where
