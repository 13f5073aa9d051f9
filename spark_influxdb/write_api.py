"""InfluxDB's write API: sends chunks of line protocol over HTTP, with bounded retries.

Specification: InfluxDB v2, `POST /api/v2/write`.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from spark_influxdb import refusals
from spark_influxdb.connection import Connection, message
from spark_influxdb.points import PRECISIONS

GZIP_LEVEL = 1
"""A quarter of the bytes remains. Higher levels take three times as long for a few percent."""


REFUSED = (400, 413, 422)
"""The statuses of lines that cannot be written: they do not parse, are too many at once, or contradict the bucket."""


class Refused(Exception):
    """InfluxDB refuses these lines. It may have stored some of them."""


@dataclass(frozen=True)
class Chunk:
    """Lines that are one request. `lengths` are the bytes of each line as 32-bit integers, because a string in a line
    may contain line breaks; None means that none does.
    """

    body: bytes
    lengths: bytes | None = None

    def lines(self) -> list[bytes]:
        """The lines one by one."""
        if self.lengths is None:
            return self.body.split(b"\n")
        start, found = 0, []
        for length in memoryview(self.lengths).cast("i"):
            found.append(self.body[start : start + length])
            start += length + 1
        return found

    def __len__(self) -> int:
        """The number of lines."""
        return self.body.count(b"\n") + 1 if self.lengths is None else len(self.lengths) // 4


class WriteApi:
    """Writes to one bucket. Counts `requests` and `bytes` that InfluxDB answered, and `retries`.

    Retries: `Connection.post`.
    """

    def __init__(self, connection: Connection, precision: str = "ns", compress: bool = False) -> None:
        self._connection = connection
        self._precision = precision
        self._address = connection.address("/api/v2/write", bucket=connection.bucket, precision=precision)
        self._headers = connection.headers() | ({"Content-Encoding": "gzip"} if compress else {})
        self._compress = compress
        self.requests = self.bytes = self.retries = 0

    def write(self, chunk: Chunk) -> list[tuple[int, str]]:
        """Write the lines. Return those that InfluxDB refuses: their numbers, in order, with its messages.

        Raise AccessError if it refuses the token or the bucket, Unavailable if the retries are used up.
        """
        try:
            self._post(chunk.body)
            return []
        except Refused as refusal:
            each = chunk.lines()
            return sorted(self._sift(each, range(len(each)), str(refusal)))

    def delete(self, tags: Mapping[str, str], first: int, last: int) -> None:
        """Delete the points with these tags (`_measurement` is the measurement) from `first` to `last`.

        Both are in units of the precision since 1970 and belong to the range. The errors are those of `write`.
        Specification: InfluxDB v2, `POST /api/v2/delete`.
        """
        start, stop = (_rfc3339(moment, PRECISIONS[self._precision]) for moment in (first, last))
        predicate = " AND ".join(f"{name}={_quoted(value)}" for name, value in tags.items())
        body = json.dumps({"start": start, "stop": stop, "predicate": predicate}).encode()
        address = self._connection.address("/api/v2/delete", bucket=self._connection.bucket)
        answer = self._connection.post(address, body, self._connection.headers(), "delete points")
        if answer.status != 204:
            raise self._connection.denied(answer.status, answer.data, "the deletion")

    def _sift(self, lines: list[bytes], numbers: Sequence[int], message: str) -> Iterator[tuple[int, str]]:
        """Of lines that were refused together, find those that InfluxDB does not accept. The others are written again.

        Lines that are written twice are the same points. A message seldom names all refused lines. If it quotes none,
        they are certain only if InfluxDB has dropped as many points as were sent.
        """
        sent = [lines[number] for number in numbers]
        if quoted := refusals.unparsed(sent, message):
            yield from ((numbers[at], words) for at, words in quoted.items())
            rest = [number for at, number in enumerate(numbers) if at not in quoted]
            yield from self._again(lines, rest)
        elif len(sent) == 1 or refusals.dropped(message) == len(sent):
            yield from ((number, refusals.of_one_line(message)) for number in numbers)
        else:
            for part in refusals.split(sent, message):
                yield from self._again(lines, [numbers[at] for at in part])

    def _again(self, lines: list[bytes], numbers: list[int]) -> Iterator[tuple[int, str]]:
        if not numbers:
            return
        try:
            self._post(b"\n".join(lines[number] for number in numbers))
        except Refused as refusal:
            yield from self._sift(lines, numbers, str(refusal))

    def _post(self, lines: bytes) -> None:
        body = gzip.compress(lines, GZIP_LEVEL, mtime=0) if self._compress else lines
        answer = self._connection.post(self._address, body, self._headers, "accept points")
        self.requests += 1
        self.bytes += len(body)
        self.retries += len(answer.retries.history) if answer.retries else 0
        if answer.status in REFUSED:
            raise Refused(message(answer.data))
        if answer.status != 204:
            raise self._connection.denied(answer.status, answer.data, "the write")


def _quoted(value: str) -> str:
    """A value in a predicate of the delete API."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _rfc3339(instant: int, units_per_second: int) -> str:
    seconds, rest = divmod(instant, units_per_second)
    fraction = f"{rest * (10**9 // units_per_second):09}"
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction}Z"
