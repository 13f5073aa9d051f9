"""Asks InfluxDB with the token that can only read; the token stays in this process."""

from __future__ import annotations

import time
from typing import Any

import requests

from weather import settings
from weather.errors import StackError, Unavailable
from weather.secrets import read_secret

MAX_SECONDS = 30.0
MAX_BYTES = 32 * 1024 * 1024
HEALTH_SECONDS = 5.0
# Grafana's InfluxDB datasource asks for the same annotations.
DIALECT = {"header": True, "annotations": ["datatype", "group", "default"], "delimiter": ","}


class QueryRefused(StackError):
    """InfluxDB does not accept the query; the message is its own."""


class AnswerTooLarge(StackError):
    """The answer is larger than the viewer passes on."""


class TooSlow(StackError):
    """The query takes longer than the viewer waits."""


class Store:
    """One InfluxDB. Each question is a connection of its own, so threads share nothing."""

    def __init__(
        self, options: settings.InfluxDB, max_seconds: float = MAX_SECONDS, max_bytes: int = MAX_BYTES
    ) -> None:
        self._options = options
        self._most_seconds = max_seconds
        self._most_bytes = max_bytes

    def is_healthy(self) -> bool:
        try:
            with _session() as session:
                return session.get(f"{self._options.url}/health", timeout=HEALTH_SECONDS).status_code == 200
        except requests.RequestException:
            return False

    def query(self, flux: str) -> bytes:
        """The annotated CSV of a Flux query, at most `max_bytes` of it and not later than `max_seconds`."""
        end = time.monotonic() + self._most_seconds
        try:
            with _session() as session, self._ask(session, flux) as answer:
                if answer.status_code != 200:
                    raise _problem(answer)
                return self._body(answer, end)
        except requests.Timeout:
            raise self._too_slow() from None
        except requests.RequestException:
            raise Unavailable("InfluxDB does not answer: run ./status.sh") from None

    def _ask(self, session: requests.Session, flux: str) -> requests.Response:
        return session.post(
            f"{self._options.url}/api/v2/query",
            params={"org": self._options.org},
            json={"query": flux, "type": "flux", "dialect": DIALECT},
            headers={"Authorization": f"Token {read_secret(self._options.read_token_file)}", "Accept": "text/csv"},
            timeout=self._most_seconds,
            stream=True,
        )

    def _body(self, answer: requests.Response, end: float) -> bytes:
        parts, size = [], 0
        for part in answer.iter_content(64 * 1024):
            size += len(part)
            if size > self._most_bytes:
                raise AnswerTooLarge(
                    f"the answer is larger than {self._most_bytes // 1024 // 1024} MB: "
                    "choose a shorter time range or fewer stations"
                )
            if time.monotonic() > end:
                raise self._too_slow()
            parts.append(part)
        return b"".join(parts)

    def _too_slow(self) -> TooSlow:
        return TooSlow(
            f"InfluxDB took longer than {self._most_seconds:g} s: choose a shorter time range or fewer stations"
        )


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy has no business between the viewer and its store
    return session


def _problem(answer: requests.Response) -> StackError:
    try:
        body: Any = answer.json()
        message = str(body.get("message") or body.get("error"))
    except (ValueError, AttributeError):
        message = f"InfluxDB answers {answer.status_code}"
    if answer.status_code == 401:
        return Unavailable("InfluxDB rejects the viewer's read token: run ./build_setup.sh again")
    return QueryRefused(message)
