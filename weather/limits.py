"""The limits of InfluxDB. A record beyond them goes to the dead-letter topic before it causes a refused request.

InfluxDB stores times as nanoseconds since 1970 in 64 bits and accepts 65,535 bytes for measurement and tags together.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

FIRST_SECOND, LAST_SECOND = -9_223_372_036, 9_223_372_036
"""Whole seconds since 1970 that InfluxDB accepts: from 1677-09-21 00:12:44 to 2262-04-11 23:47:16, UTC."""

FIRST_DAY, LAST_DAY = "1677-09-22", "2262-04-10"
"""Days that can be stored completely, in any time zone and with a prediction for the next day."""

OUTSIDE_TIME = "outside the time range of InfluxDB (1677-09-21 to 2262-04-11)"

UNUSABLE_IN_A_TAG = r"[\x00-\x1f\x7f]|\\$"
"""Control characters end a line or are invisible. A backslash at the end would escape what follows the tag."""

MAX_TAG_BYTES = 16_000
"""UTF-8 bytes of one tag. Two tags of this length fit even if each of their characters is escaped."""

_UNUSABLE = re.compile(UNUSABLE_IN_A_TAG)


def is_storable(moment: datetime) -> bool:
    """Whether InfluxDB can store a point at this time, which must have a time zone."""
    return FIRST_SECOND <= (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() <= LAST_SECOND


def tag_problem(text: str) -> str:
    """Why a text cannot be the value of a tag; "" if it can."""
    if not text:
        return "is empty"
    if _UNUSABLE.search(text):
        return "holds control characters or ends in a backslash"
    if len(text.encode()) > MAX_TAG_BYTES:
        return f"is longer than {MAX_TAG_BYTES:,} bytes"
    return ""
