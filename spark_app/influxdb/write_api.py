"""InfluxDB's write API: sends chunks of line protocol in whole seconds over HTTP, with bounded retries.

Specification: InfluxDB v2, `POST /api/v2/write`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from urllib.parse import urlencode

import urllib3

from spark_app.influxdb import refusals
from weather import settings
from weather.errors import SetupError, Unavailable
from weather.secrets import read_secret

TIMEOUT = urllib3.Timeout(connect=5.0, read=30.0)


class Backoff(urllib3.Retry):
    """Waits before the first retry too, unlike its parent.

    The waits are random, so that writers that failed together do not retry together.
    """

    def get_backoff_time(self) -> float:
        """Seconds: between half and all of 1, 2, 4, 8, 16 ("equal jitter")."""
        longest = self.backoff_factor * 2.0 ** (len(self.history) - 1)
        return random.uniform(longest / 2, longest)


AWAY = (429, *range(500, 600))
RETRIES = Backoff(
    total=5,
    backoff_factor=1.0,
    retry_after_max=60,
    status_forcelist=AWAY,
    allowed_methods={"POST"},
    raise_on_status=False,
)
"""429, 5xx, timeouts and lost connections are retried five times, within half a minute, or after the waits that
InfluxDB asks for, a minute at most each. Then the task fails, and Spark retries the task."""

REFUSED = (400, 413, 422)
"""The statuses of lines that cannot be written: they do not parse, are too many at once, or contradict the bucket."""


class Refused(Exception):
    """InfluxDB refuses these lines. It may have stored some of them."""


class WriteApi:
    """Writes to one bucket. Counts `requests` and `bytes` that InfluxDB answered, and `retries`."""

    def __init__(self, influxdb: settings.InfluxDB) -> None:
        place = urlencode({"org": influxdb.org, "bucket": influxdb.bucket, "precision": "s"})
        self._address = f"{influxdb.url}/api/v2/write?{place}"
        self._headers = {"Authorization": f"Token {read_secret(influxdb.write_token_file)}"}
        self._influxdb = influxdb
        self.requests = self.bytes = self.retries = 0

    def write(self, lines: bytes) -> list[tuple[int, str]]:
        """Write the lines. Return those that InfluxDB refuses: their numbers, in order, with its messages.

        Raise SetupError if it refuses the token or the bucket, Unavailable if the retries are used up.
        """
        try:
            self._post(lines)
            return []
        except Refused as refusal:
            each = lines.split(b"\n")
            return sorted(self._sift(each, range(len(each)), str(refusal)))

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
        try:
            answer = _connections().request(
                "POST", self._address, body=lines, headers=self._headers, retries=RETRIES, timeout=TIMEOUT
            )
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"InfluxDB at {self._influxdb.url} does not accept points: {error}") from error
        self.requests += 1
        self.bytes += len(lines)
        self.retries += len(answer.retries.history) if answer.retries else 0
        if answer.status in AWAY:
            raise Unavailable(
                f"InfluxDB at {self._influxdb.url} does not accept points ({answer.status}): {_message(answer.data)}"
            )
        if answer.status in REFUSED:
            raise Refused(_message(answer.data))
        if answer.status != 204:
            raise SetupError(self._hint(answer.status, _message(answer.data)))

    def _hint(self, status: int, message: str) -> str:
        """The error message for an answer that a retry would not change, with what to do."""
        hints = {
            401: f"the token in {self._influxdb.write_token_file} is invalid: run ./build_setup.sh again",
            403: f"the token in {self._influxdb.write_token_file} may not write to bucket {self._influxdb.bucket!r}",
            404: f"there is no bucket {self._influxdb.bucket!r} in organisation {self._influxdb.org!r}: "
            "run ./build_setup.sh again",
        }
        return f"InfluxDB at {self._influxdb.url} refuses the write ({status}): {hints.get(status, message)}"


@lru_cache(maxsize=1)
def _connections() -> urllib3.PoolManager:
    """The connection pool, which a worker keeps from batch to batch."""
    return urllib3.PoolManager()


def _message(body: bytes) -> str:
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")
