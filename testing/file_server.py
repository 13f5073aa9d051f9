"""An HTTP server of files as public servers have them: ETag, Last-Modified, conditional and range requests (RFC 9110).

Single answers can be scripted: another status, a redirect, a body that is slow or breaks off.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


@dataclass
class File:
    """The content of a file, and what identifies its version."""

    content: bytes
    etag: str
    modified: float


@dataclass
class Scripted:
    """What a server does once instead of sending the file."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Instead of the file."""
    bytes_sent: int | None = None
    """The connection breaks off after them."""
    pause: float = 0.0
    """Seconds between two pieces of the body."""


class FileServer(ThreadingHTTPServer):
    """Files by path. `requests` are the methods, paths and headers that were asked; `script` holds the next answers."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, File] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.script: list[Scripted] = []
        self.away = False

    @property
    def address(self) -> str:
        """The address of the folder with all files."""
        return f"http://127.0.0.1:{self.server_port}/"

    def put(self, name: str, content: bytes, etag: str | None = None) -> str:
        """Publish a file, or its next version. Return its address."""
        version = etag or f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        self.files[f"/{name}"] = File(content, version, time.time())
        return self.address + name

    def statuses(self) -> list[int]:
        """The statuses of all answers, in order."""
        return [int(headers[":status"]) for _, headers in self.requests]


class _Handler(BaseHTTPRequestHandler):
    server: FileServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        with suppress(ConnectionError):  # a client that has seen enough
            self._get()

    def _get(self) -> None:
        asked = {name.title(): value for name, value in self.headers.items()}
        self.server.requests.append((self.path, asked))
        if self.server.away:
            self.close_connection = True
            return
        scripted = self.server.script.pop(0) if self.server.script else None
        file = self.server.files.get(unquote(self.path.partition("?")[0]))
        if scripted and scripted.status != 200:
            self._answer(scripted.status, scripted.headers, scripted.body or b"")
        elif file is None:
            self._answer(404, {}, b"no such file")
        else:
            self._file(file, asked, scripted or Scripted())

    def _file(self, file: File, asked: dict[str, str], scripted: Scripted) -> None:
        headers = {"ETag": file.etag, "Last-Modified": formatdate(file.modified, usegmt=True)} | scripted.headers
        if asked.get("If-None-Match") == file.etag:
            self._answer(304, headers, b"")
            return
        content = file.content if scripted.body is None else scripted.body
        start = asked.get("Range", "").removeprefix("bytes=").partition("-")[0]
        if start.isdigit() and asked.get("If-Range") == file.etag:
            at = int(start)
            if at >= len(content):
                self._answer(416, {"Content-Range": f"bytes */{len(content)}"}, b"")
                return
            headers["Content-Range"] = f"bytes {at}-{len(content) - 1}/{len(content)}"
            self._answer(206, headers, content[at:], scripted)
            return
        self._answer(200, headers, content, scripted)

    def _answer(self, status: int, headers: dict[str, str], body: bytes, scripted: Scripted | None = None) -> None:
        self.server.requests[-1][1][":status"] = str(status)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        rest = body if scripted is None or scripted.bytes_sent is None else body[: scripted.bytes_sent]
        piece = 1 << 16 if scripted is None or not scripted.pause else 100
        for at in range(0, len(rest), piece):
            self.wfile.write(rest[at : at + piece])
            time.sleep(scripted.pause if scripted else 0)
        if len(rest) < len(body):
            self.wfile.flush()
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Tests look at `requests` instead."""


@contextmanager
def serving() -> Iterator[FileServer]:
    """A server on a free port."""
    server = FileServer()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
