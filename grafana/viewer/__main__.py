"""`python -m grafana.viewer`: the dashboards as a web page, until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType

import waitress

from grafana.viewer.config import Viewer
from grafana.viewer.server import create_app
from grafana.viewer.store import Store
from weather import logs, settings
from weather.errors import StackError
from weather.logs import facts

log = logging.getLogger("grafana.viewer")

SERVER_THREADS = 8


def main() -> int:
    """Serve until SIGTERM or SIGINT. Return 1 with a message if the settings are invalid."""
    logs.configure()
    try:
        config = Viewer.load(settings.Variables())
        app = create_app(config, Store(config.influxdb))
        server = waitress.create_server(app, host=config.host, port=config.port, threads=SERVER_THREADS)
    except (StackError, OSError) as error:
        log.error(facts("cannot_start", error=error))
        return 1
    signal.signal(signal.SIGTERM, _end)
    log.info(facts("listening", host=config.host, port=config.port, dashboards=config.dashboards))
    server.run()  # returns when a signal raises SystemExit or KeyboardInterrupt in it
    log.info(facts("ended"))
    return 0


def _end(signal_number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
