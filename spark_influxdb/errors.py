"""The errors of the connector, grouped by what the caller does.

InfluxDBError
├── OptionError    stop: an option is unknown, missing or malformed, or does not fit the DataFrame
├── AccessError    stop: InfluxDB does not accept the token, or has no such bucket or organisation
├── Unavailable    retry: InfluxDB does not answer, or asks for patience, and all retries are used up
└── RefusedLine    a row cannot be written, and the option `on_refused` is `fail`
"""

from __future__ import annotations


class InfluxDBError(Exception):
    """Base of all errors of the connector."""


class OptionError(InfluxDBError, ValueError):
    """An option is unknown, missing or malformed, or names a column that the DataFrame does not have."""


class AccessError(InfluxDBError):
    """InfluxDB answers 401, 403 or 404. A retry would not change that."""


class Unavailable(InfluxDBError):
    """InfluxDB does not accept requests at the moment. A task that fails with it may be repeated."""


class RefusedLine(InfluxDBError):
    """A row is no valid point, or InfluxDB refuses its line. The message contains the reason and the line."""
