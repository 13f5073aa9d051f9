"""Where InfluxDB is and how to log in: what reading and writing share."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3

from spark_influxdb.errors import AccessError, OptionError, Unavailable

CONNECT_TIMEOUT = 5.0
"""Seconds until a host that does not answer counts as away."""

AWAY = (429, *range(500, 600))
"""The statuses after which a request is repeated."""
LONGEST_BACKOFF = 16.0
LONGEST_WAIT = 60
"""Seconds that InfluxDB can ask for (`Retry-After`) before a retry."""


class Backoff(urllib3.Retry):
    """Waits before the first retry too, unlike its parent, and never longer than `backoff_max` seconds.

    The waits are random, so that writers that failed together do not retry together.
    """

    def get_backoff_time(self) -> float:
        """Seconds: between half and all of 1, 2, 4, 8, 16, 16 … ("equal jitter")."""
        longest = min(self.backoff_factor * 2.0 ** (len(self.history) - 1), self.backoff_max)
        return random.uniform(longest / 2, longest)


@dataclass(frozen=True)
class Connection:
    """A bucket of an InfluxDB 2.

    Give the token itself or, better, `token_file`: a file that each worker can read. A token is never part of a
    text representation, of a message or of Spark's plan.
    """

    url: str
    org: str
    bucket: str
    token: str = field(default="", repr=False)
    token_file: str = ""
    timeout: float = 30.0
    """Seconds until an answer to a request."""
    max_retries: int = 5
    """Retries after 429, 5xx, timeouts and lost connections."""
    verify: bool = True
    """Whether the certificate of an https address is verified."""
    ca_file: str = ""
    """The certificates of the authorities to trust, as a PEM file; empty means those of the system."""

    def address(self, path: str, **parameters: str) -> str:
        """The URL of an endpoint, with the organisation and `parameters`."""
        return f"{self.url.rstrip('/')}{path}?{urlencode({'org': self.org} | parameters)}"

    def headers(self) -> dict[str, str]:
        """The headers that log in. Raise OptionError if the token file cannot be read or is empty."""
        token = self.token
        if self.token_file:
            try:
                token = Path(self.token_file).read_text(encoding="utf-8").strip()
            except OSError as error:
                raise OptionError(f"token_file {self.token_file}: {error.strerror or error}") from None
            if not token:
                raise OptionError(f"token_file {self.token_file} is empty")
        return {"Authorization": f"Token {token}"}

    def post(self, address: str, body: bytes, headers: Mapping[str, str], what: str, preload: bool = True) -> Any:
        """Send a request; a Python worker keeps the connection from task to task. Return urllib3's answer.

        429, 5xx, timeouts and lost connections are retried up to `max_retries` times (five take half a minute), or
        after the waits that InfluxDB asks for, a minute at most each. Raise Unavailable, with `what` InfluxDB does not
        do, if the retries are used up. Without `preload` the caller reads the answer, and closes it.
        """
        retries = Backoff(
            total=self.max_retries, backoff_factor=1.0, backoff_max=LONGEST_BACKOFF, retry_after_max=LONGEST_WAIT,
            status_forcelist=AWAY,
            allowed_methods={"POST"}, raise_on_status=False,
        )  # fmt: skip
        limits = urllib3.Timeout(connect=min(CONNECT_TIMEOUT, self.timeout), read=self.timeout)
        where = f"InfluxDB at {self.url} does not {what}"
        try:
            answer = _pool(self.verify, self.ca_file).request(
                "POST", address, body=body, headers=headers, retries=retries, timeout=limits, preload_content=preload
            )
            if answer.status in AWAY:
                raise Unavailable(f"{where} ({answer.status}): {message(answer.data)}")
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(f"{where}: {error}") from error
        return answer

    def denied(self, status: int, body: bytes, action: str) -> AccessError:
        """The error for an answer that a retry would not change; `action` is what was tried, such as "the write"."""
        token = f"the token in {self.token_file}" if self.token_file else "the token"
        hints = {
            401: f"{token} is invalid",
            403: f"{token} does not permit this for bucket {self.bucket!r}",
            404: f"there is no bucket {self.bucket!r} in organisation {self.org!r}",
        }
        words = hints.get(status, message(body))
        return AccessError(f"InfluxDB at {self.url} refuses {action} ({status}): {words}")


@lru_cache
def _pool(verify: bool, ca_file: str) -> urllib3.PoolManager:
    if not verify:
        return urllib3.PoolManager(cert_reqs="CERT_NONE")
    return urllib3.PoolManager(ca_certs=ca_file or None)


def message(body: bytes) -> str:
    """The message in an answer of InfluxDB."""
    try:
        return str(json.loads(body)["message"])
    except (ValueError, KeyError, TypeError):
        return body[:200].decode(errors="replace")
