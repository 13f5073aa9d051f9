"""An HTTP server that answers as InfluxDB does when it is busy or broken."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest

from spark_influxdb.connection import Connection

Answer = tuple[int, dict[str, str]]
"""Status and headers; instead of headers, `message` is that of the body, and `body` is the body."""


class Server(ThreadingHTTPServer):
    """Gives `answers` one after another, then 204; keeps what was sent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[Answer] = []
        self.bodies: list[bytes] = []


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
        status, headers = self.server.answers.pop(0) if self.server.answers else (204, {})
        message = json.dumps({"message": headers.pop("message", "the reason")})
        body = b"" if status == 204 else headers.pop("body", message).encode()
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    threading.Thread(target=made.serve_forever, daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


@pytest.fixture
def connection(server: Server, tmp_path: Path) -> Connection:
    (tmp_path / "token").write_text("token\n")
    address = f"http://127.0.0.1:{server.server_port}"
    return Connection(address, "org", "bucket", token_file=str(tmp_path / "token"))


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited; threads of other tests wait as ever."""
    seconds: list[float] = []
    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=seconds.append, time=time.time))
    return seconds
