"""A TCP proxy that delays the answers of a server, or holds them back."""

from __future__ import annotations

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from testing.environment import free_port

PIECE = 1 << 16


class SlowLink(socketserver.ThreadingTCPServer):
    """Passes bytes on to `target`, a port of this machine. Answers wait `delay` seconds, and while it is `stalled`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Connection)
        self.target = 0
        self.delay = 0.0
        self.flows = threading.Event()
        self.flows.set()

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Within the block no answer comes; afterwards all that were held back do."""
        self.flows.clear()
        try:
            yield
        finally:
            self.flows.set()


class _Connection(socketserver.BaseRequestHandler):
    server: SlowLink
    request: socket.socket

    def handle(self) -> None:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.server.target)) as there:
            answers = threading.Thread(target=self._answers, args=(there,), daemon=True)
            answers.start()
            while piece := self.request.recv(PIECE):
                there.sendall(piece)
            there.shutdown(socket.SHUT_WR)
            answers.join()

    def _answers(self, there: socket.socket) -> None:
        with suppress(OSError):
            while piece := there.recv(PIECE):
                self.server.flows.wait()
                time.sleep(self.server.delay)
                self.request.sendall(piece)
            self.request.shutdown(socket.SHUT_WR)


@contextmanager
def link() -> Iterator[SlowLink]:
    """A link on a free port; set its `target`."""
    made = SlowLink(free_port())
    thread = threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.flows.set()
        made.shutdown()
        made.server_close()
