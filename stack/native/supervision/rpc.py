"""supervisord's XML-RPC over its Unix socket."""

from __future__ import annotations

import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any

TIMEOUT = 120


def supervisor_at(path: Path) -> Any:
    """The commands of the supervisord that listens at this socket. Each call is a connection of its own."""
    return xmlrpc.client.ServerProxy("http://supervisor/RPC2", transport=_SocketTransport(path)).supervisor


class _SocketTransport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def request(self, *arguments: Any, **options: Any) -> Any:
        try:
            return super().request(*arguments, **options)
        finally:
            self.close()  # each request has its own connection

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = http.client.HTTPConnection("supervisor", timeout=TIMEOUT)
        connection.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection = host, connection
        connection.sock.connect(str(self._path))
        return connection
