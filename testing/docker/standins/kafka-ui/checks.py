"""Stands in for kafka-ui: /actuator/health answers 200 while the configured broker accepts connections."""

import http.server
import os
import socket

host, port = os.environ["KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS"].split(":")


class Health(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        try:
            socket.create_connection((host, int(port)), timeout=2).close()
            self.send_response(200)
        except OSError:
            self.send_response(503)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        """Log nothing."""


http.server.ThreadingHTTPServer(("0.0.0.0", 8080), Health).serve_forever()
