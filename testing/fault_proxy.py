"""An HTTP proxy between a program and a server that makes faults: other answers, silence, answers that break off."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass
class Fault:
    """What happens to each request while this is the proxy's `fault`.

    `status`: this answer instead of the server's. `hangs`: no answer until the fault ends, then the connection is
    closed. `cuts`: the server gets the request, and its answer breaks off in the middle. Otherwise the connection is
    closed at once.
    """

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    hangs: bool = False
    cuts: bool = False
    hits: int = 0
    over: threading.Event = field(default_factory=threading.Event)


class FaultProxy(ThreadingHTTPServer):
    """Passes requests on to the server at `target` as long as there is no `fault`."""

    daemon_threads = True

    def __init__(self, target: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.target = urlsplit(target)
        self.fault: Fault | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @contextmanager
    def failing(self, fault: Fault) -> Iterator[Fault]:
        """Within the block, requests meet the fault."""
        self.fault = fault
        try:
            yield fault
        finally:
            self.fault = None
            fault.over.set()


class _Handler(BaseHTTPRequestHandler):
    server: FaultProxy
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        fault = self.server.fault
        with suppress(ConnectionError):  # the client has given up
            if fault is None:
                status, headers, answer = self._passed_on(body)
                self._answer(status, headers, answer)
                return
            fault.hits += 1
            if fault.status:
                self._answer(fault.status, fault.headers, fault.body)
                return
            if fault.hangs:
                fault.over.wait()
            if fault.cuts:
                self._passed_on(body)
                self.wfile.write(b"HTTP/1.1 2")
            self.close_connection = True

    do_GET = do_POST

    def _passed_on(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(str(self.server.target.hostname), self.server.target.port, timeout=60)
        try:
            headers = {name: value for name, value in self.headers.items() if name.title() != "Host"}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            kept = {"Content-Type": answer.headers.get("Content-Type", "text/plain")}
            return answer.status, kept, answer.read()
        finally:
            connection.close()

    def _answer(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: object) -> None:
        """Tests look at `hits` instead."""


@contextmanager
def before(target: str) -> Iterator[FaultProxy]:
    """A proxy on a free port."""
    proxy = FaultProxy(target)
    thread = threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield proxy
    finally:
        proxy.shutdown()
        proxy.server_close()
