"""Running statistics of the days of one group. Each day counts once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from consumers.kafka.reports import is_day


@dataclass(slots=True)
class Statistics:
    """Count and sum of temperatures (degrees Fahrenheit) from day `start` to day `end`."""

    count: int
    sum: float
    start: str
    end: str

    @classmethod
    def of(cls, day: str, degrees: float) -> Statistics:
        """The statistics of a group's first day."""
        return cls(1, degrees, day, day)

    def add(self, day: str, degrees: float) -> bool:
        """Count a day. Return False if it is not after `end`: the producer sent it again."""
        if day <= self.end:
            return False
        self.count += 1
        self.sum += degrees
        self.end = day
        return True

    def document(self) -> dict[str, Any]:
        """The JSON object to store, with the average."""
        return {
            "count": self.count,
            "sum": self.sum,
            "avg": self.sum / self.count,
            "start": self.start,
            "end": self.end,
        }

    @classmethod
    def parse(cls, document: Any) -> Statistics:
        """The inverse of `document`. Raise ValueError for anything else."""
        try:
            found = cls(document["count"], document["sum"], document["start"], document["end"])
            if found.document() == document and is_day(found.start) and is_day(found.end):
                return found
        except (TypeError, KeyError, ValueError, ZeroDivisionError):
            pass
        raise ValueError(f"invalid statistics: {document!r:.200}")
