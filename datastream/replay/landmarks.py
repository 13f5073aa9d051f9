"""Where the topics ended when rows were confirmed, so that rows that Kafka has lost since are sent again.

A single broker confirms a record before it is on disk. A power failure may take the last seconds of a topic, and
somebody may delete a topic. Then the topic ends before the place that a landmark names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

Ends = Mapping[str, Mapping[int, int]]
"""Topic → partition → the offset after the last confirmed record of this streamer."""


@dataclass(frozen=True)
class Landmark:
    """The offset of the source up to which every row was confirmed, and where the topics ended then.

    `number`: how many landmarks were set before, and this one.
    """

    number: int
    offset: int
    ends: Ends

    def is_in(self, present: Ends) -> bool:
        """Whether the topics of `present` still hold what they held then. Rows may have gone to other topics before."""
        return all(
            present[topic].get(partition, 0) >= end
            for topic, partitions in self.ends.items()
            if topic in present
            for partition, end in partitions.items()
        )

    def to_json(self) -> dict[str, object]:
        ends = {topic: {str(number): end for number, end in ends.items()} for topic, ends in self.ends.items()}
        return {"number": self.number, "offset": self.offset, "ends": ends}

    @classmethod
    def from_json(cls, kept: Mapping[str, object]) -> Landmark:
        """Raise TypeError, ValueError or KeyError if it is malformed."""
        ends = kept["ends"]
        if not isinstance(ends, dict):
            raise TypeError("ends is not an object")
        whole = {topic: {int(number): int(end) for number, end in found.items()} for topic, found in ends.items()}
        return cls(int(str(kept["number"])), int(str(kept["offset"])), whole)


@dataclass
class Landmarks:
    """The last landmark, and some before it: the older they are, the further they lie apart.

    With one landmark a second, 16 of them reach back to the beginning of a day.
    """

    slots: dict[int, Landmark] = field(default_factory=dict)

    @classmethod
    def of(cls, found: Iterable[Landmark]) -> Landmarks:
        made = cls()
        for landmark in sorted(found, key=lambda each: each.number):
            made._keep(landmark)
        return made

    def all(self) -> list[Landmark]:
        """The kept landmarks, newest first."""
        return sorted(self.slots.values(), key=lambda each: -each.number)

    @property
    def last(self) -> Landmark | None:
        """The newest landmark."""
        return next(iter(self.all()), None)

    def set(self, offset: int, ends: Ends) -> None:
        """Set a landmark, unless nothing was confirmed since the last one.

        `ends`: of the partitions that rows went to since the process began; the others end as in the last landmark.
        """
        last = self.last
        before: Ends = last.ends if last else {}
        now = {name: {**before.get(name, {}), **ends.get(name, {})} for name in {*before, *ends}}
        if last is None or (last.offset, last.ends) != (offset, now):
            self._keep(Landmark(last.number + 1 if last else 1, offset, now))

    def offset_within(self, present: Ends) -> int | None:
        """The offset up to which the topics hold every row; None if no landmark tells that they hold any."""
        return next((each.offset for each in self.all() if each.is_in(present)), None)

    def _keep(self, landmark: Landmark) -> None:
        """The slot is the number of times that the landmark's number can be halved."""
        self.slots[(landmark.number & -landmark.number).bit_length()] = landmark
