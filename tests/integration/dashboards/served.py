"""A web application on a real port, as waitress serves it, for the tests with a browser."""

from __future__ import annotations

import threading

import waitress
from flask import Flask
from waitress import wasyncore


class Served:
    """The application on a port of this machine, a free one unless told, until `end`."""

    def __init__(self, app: Flask, port: int = 0) -> None:
        self._sockets: dict[int, object] = {}
        self._ending = threading.Event()
        self._server = waitress.create_server(app, map=self._sockets, host="127.0.0.1", port=port, threads=8)
        self.port = int(self._server.effective_port)
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ending.is_set():
            wasyncore.loop(timeout=0.05, map=self._sockets, count=1)
        self._server.task_dispatcher.shutdown()
        wasyncore.close_all(self._sockets)

    def end(self) -> None:
        """Close the port and every connection."""
        self._ending.set()
        self._thread.join()
