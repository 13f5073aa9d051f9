"""The comparison of files with the ledger: which rows are new, changed or withdrawn.

Rules:
- A row is identified by station and time. If several files hold it, the first file in the list counts.
- A row has changed if a measured value has. A new label or place alone changes no earlier row.
- A row is withdrawn if no file holds it any more although one covers its time, or if it has no measured value any more.
  If more than a twentieth of a file's rows (and at least 100) disappear at once, the file counts as damaged: they stay.
- If the format does not allow corrections, each row is sent once, whatever becomes of it.
- A row that has changed replaces the earlier one: REPLACES is set. If everything is sent again, it is set for rows that
  have lost a field or have another label.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from datastream.message import Message
from datastream.sources.follow.format import FileOfRows, Format, Key, Row
from datastream.sources.follow.ledger import NO_FILE, Ledger, Sent
from datastream.sources.lines import ROWS_THAT_PROVE_A_FORMAT
from weather.errors import RejectedRecord, SourceError
from weather.reading import REPLACES

MAX_LOST_SHARE, MAX_LOST_ROWS = 0.05, 100


@dataclass(frozen=True)
class Version:
    """A file in its present state: its place (a path or an address), where it can be read, and its digest."""

    place: str
    path: Path
    digest: str


class Comparison:
    """One pass over the files that have changed. `problems` says what was found but not believed."""

    def __init__(self, ledger: Ledger, form: Format, versions: Sequence[Version], counts: Counter[str]) -> None:
        self.problems: list[str] = []
        self._ledger = ledger
        self._form = form
        self._versions = versions
        self._counts = counts
        self._files = {version.place: ledger.file(version.place) for version in versions}
        self._order = {self._files[version.place][0]: rank for rank, version in enumerate(versions)}

    @property
    def has_work(self) -> bool:
        """Whether a file has changed."""
        return any(self._files[version.place][1] != version.digest for version in self._versions)

    def items(self) -> Iterator[Message | RejectedRecord]:
        """The new, changed and withdrawn rows, and invalid rows, in the order of the files. Update the ledger."""
        for version in self._versions:
            number, digest = self._files[version.place]
            if digest == version.digest:
                continue
            opened = self._form.open(version.path, self._counts)
            missing = self._ledger.lines(number)
            yield from self._new_lines(version, number, opened, missing)
            yield from self._missing_rows(version, number, missing)
            self._ledger.forget_ignored(number, missing)
            self._ledger.compared(number, version.digest)

    def _new_lines(
        self, version: Version, number: int, opened: FileOfRows, missing: set[int]
    ) -> Iterator[Message | RejectedRecord]:
        """The rows of the lines that were not seen before. Remove the lines that were from `missing`."""
        good, bad, empty, first_problem = bool(missing), 0, True, ""
        for line_number, line in opened.lines():
            empty = False
            digest = line_digest(line)
            if digest in missing:
                missing.remove(digest)
                continue
            where = f"{version.path.name}, line {line_number}"
            try:
                row = opened.row(line)
            except ValueError as error:
                bad += 1
                first_problem = first_problem or f"{where}: {error}"
                if not good and bad >= ROWS_THAT_PROVE_A_FORMAT:
                    raise SourceError(f"{first_problem}; none of the first {bad} rows is valid") from None
                self._counts["rejected"] += 1
                self._ledger.ignore(number, digest)
                yield RejectedRecord(str(error), line.rstrip(b"\r\n"), where)
                continue
            good = True
            if row is None:
                self._counts["skipped"] += 1
                self._ledger.ignore(number, digest)
            elif message := self._message(row, number, digest, missing):
                yield message
        if empty or not good:
            raise SourceError(first_problem or f"{version.path}: no rows after the header")

    def _message(self, row: Row, number: int, line: int, missing: set[int]) -> Message | None:
        """The message of a line that was not seen before; None if the row is as it was sent, or another file's."""
        sent = self._ledger.find(row.key)
        if sent is not None and self._counts_instead(sent, number, missing):
            self._ledger.ignore(number, line)
            return None
        digest, fields, label = values_digest(row), self._bits(row), self._ledger.label_number(row.label)
        message = dict(row.message)
        if sent is not None:
            if sent.digest == digest:
                self._ledger.put(row.key, Sent(number, line, digest, sent.fields, sent.label))
                return None
            if sent.digest and not self._form.corrects:
                self._counts["changed"] += 1
                self._ledger.put(row.key, Sent(number, line, digest, sent.fields, sent.label))
                return None
            if self._form.corrects and (sent.digest or sent.fields & ~fields or sent.label != label):
                message[REPLACES] = 1
        self._ledger.put(row.key, Sent(number, line, digest, fields, label))
        return _message_of(row.key, message)

    def _counts_instead(self, sent: Sent, number: int, missing: set[int]) -> bool:
        """Whether the row of an earlier file in the list, or an earlier row of this file, counts instead."""
        if sent.file == number:
            return sent.line not in missing and sent.digest != 0
        rank = self._order.get(sent.file)
        return rank is not None and rank < self._order[number]

    def _missing_rows(self, version: Version, number: int, missing: set[int]) -> Iterator[Message]:
        """The messages for rows that disappeared from a file."""
        if not missing:
            return
        lost: dict[Key, Sent] = {}
        kept, first, last = 0, "9", ""
        for key, sent in self._ledger.rows_of(number):
            if sent.line in missing:
                lost[key] = sent
            else:
                kept += 1
                first, last = min(first, key[1]), max(last, key[1])
        yield from self._found_elsewhere(lost)
        covered = {key: sent for key, sent in lost.items() if self._form.corrects and first <= key[1] <= last}
        if len(covered) >= MAX_LOST_ROWS and len(covered) > MAX_LOST_SHARE * (kept + len(covered)):
            self.problems.append(
                f"{version.path.name}: {len(covered):,} of {kept + len(covered):,} rows disappeared at once; "
                "they are not withdrawn, because the file may be damaged"
            )
            return
        for key, sent in lost.items():
            if key in covered:
                self._ledger.remove(key)
                self._counts["withdrawn"] += 1
                yield _message_of(key, self._form.withdrawn(key, self._ledger.label(sent.label)) | {REPLACES: 1})
            else:
                self._ledger.put(key, Sent(NO_FILE, 0, sent.digest, sent.fields, sent.label))

    def _found_elsewhere(self, lost: dict[Key, Sent]) -> Iterator[Message]:
        """The messages of lost rows that a file still holds with other values, or keeps as an invalid row.

        Remove them from `lost`.
        """
        for version in self._versions if lost else ():
            number = self._files[version.place][0]
            opened = self._form.open(version.path, Counter())
            for _, line in opened.lines():
                key = opened.key(line)
                sent = lost.get(key) if key else None
                if key is None or sent is None:
                    continue
                try:
                    row = opened.row(line)
                except ValueError:
                    self._ledger.put(key, Sent(number, line_digest(line), sent.digest, sent.fields, sent.label))
                    del lost[key]
                    continue
                if row is not None:
                    del lost[key]
                    self._ledger.put(key, Sent(number, 0, sent.digest, sent.fields, sent.label))
                    if message := self._message(row, number, line_digest(line), {0}):
                        yield message

    def _bits(self, row: Row) -> int:
        """A bit for each field that a row has."""
        return sum(1 << bit for bit, name in enumerate(self._form.field_names) if name in row.fields)


def line_digest(line: bytes) -> int:
    """64 bits of a line's BLAKE2b, as a signed number."""
    return int.from_bytes(hashlib.blake2b(line.rstrip(b"\r\n"), digest_size=8).digest(), signed=True)


def values_digest(row: Row) -> int:
    """64 bits of the BLAKE2b of a row's measured values, as a signed number; never 0."""
    packed = orjson.dumps(row.fields, option=orjson.OPT_SORT_KEYS)
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), signed=True) or 1


def _message_of(key: Key, message: dict[str, object]) -> Message:
    station, time = key
    return Message(station.encode(), time, orjson.dumps(message))
