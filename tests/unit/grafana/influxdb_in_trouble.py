"""A stand-in for InfluxDB that answers as a test says."""

from __future__ import annotations

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "the-read-token"
CSV = b"#datatype,string\r\n,result\r\n,_result\r\n"

Answer = Callable[[BaseHTTPRequestHandler], None]


def say(status: int, body: bytes, kind: str = "application/json") -> Answer:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(status)
        request.send_header("Content-Type", kind)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    return answer


class InfluxDBInTrouble:
    """Answers every request as a test says; a real InfluxDB does not fail on demand."""

    def __init__(self) -> None:
        self.answer: Answer = say(200, CSV, "text/csv")
        self.asked: list[tuple[str, dict[str, str], bytes]] = []
        trouble = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                trouble.answer(self)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                trouble.asked.append((self.path, dict(self.headers), body))
                trouble.answer(self)

            def log_message(self, format: str, *arguments: object) -> None: ...

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
