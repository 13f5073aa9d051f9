"""HTTP requests of the scripts: small JSON requests, and Flux queries with the read token."""

from __future__ import annotations

import csv
import http.client
import json
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from weather import settings
from weather.errors import StackError, Unavailable
from weather.secrets import read_secret

TIMEOUT = 10.0
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # connections to this machine use no proxy


def request(url: str, form: dict[str, str] | None = None, timeout: float = TIMEOUT) -> Any:
    """The JSON answer to a GET, or to a POST of `form`.

    Raise StackError with the message of an HTTP error, Unavailable if there is no answer or it is not JSON.
    """
    data = None if form is None else urllib.parse.urlencode(form).encode()
    answer = _send(urllib.request.Request(url, data=data), timeout)
    try:
        return json.loads(answer)
    except ValueError:
        raise Unavailable(f"{url} does not answer with JSON") from None


def flux(influxdb: settings.InfluxDB, query: str) -> list[dict[str, str]]:
    """The rows of a Flux query, each as column name → text."""
    question = urllib.request.Request(
        f"{influxdb.url}/api/v2/query?{urllib.parse.urlencode({'org': influxdb.org})}",
        data=query.encode(),
        headers={
            "Authorization": f"Token {read_secret(influxdb.read_token_file)}",
            "Content-Type": "application/vnd.flux",
            "Accept": "application/csv",
        },
    )
    lines = _send(question, timeout=60.0).decode().splitlines()
    return list(csv.DictReader(line for line in lines if line and not line.startswith("#")))


class NotFound(StackError):
    """The server answers 404."""


def _send(question: urllib.request.Request, timeout: float) -> bytes:
    with answered(question, timeout) as answer:
        try:
            return bytes(answer.read())
        except OSError as error:
            raise Unavailable(f"{question.full_url} does not answer: {error}") from None


@contextmanager
def answered(question: urllib.request.Request, timeout: float) -> Iterator[http.client.HTTPResponse]:
    """The answer to a request, to be read within this block.

    Raise StackError (NotFound for 404) with the message of an HTTP error, Unavailable if there is no whole answer.
    """
    try:
        answer = _opener.open(question, timeout=timeout)
    except urllib.error.HTTPError as error:
        body = error.read().decode(errors="replace")
        try:
            message = json.loads(body).get("message") or json.loads(body).get("reason") or body
        except (ValueError, AttributeError):
            message = " ".join(body.split())[:300]
        kind = NotFound if error.code == 404 else StackError
        raise kind(f"{question.full_url} answers {error.code}: {message}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise Unavailable(f"{question.full_url} does not answer: {getattr(error, 'reason', error)}") from None
    with answer:
        try:
            yield answer
        except http.client.HTTPException as error:
            raise Unavailable(f"{question.full_url}: the answer ends early: {error!r}") from None
