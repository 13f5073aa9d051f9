"""What the application waits for before it starts its queries."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from spark_app.kafka.topics import missing_topics
from weather import settings
from weather.errors import Unavailable
from weather.logs import facts

log = logging.getLogger("spark_app")

LOOK_EVERY = 0.5
CONNECT_TIMEOUT = 2.0


def wait_until(problem: Callable[[], str], stop: threading.Event) -> None:
    """Return when `problem()` is empty or `stop` is set. Log each new problem once."""
    last_logged = ""
    while not stop.is_set() and (reason := problem()):
        if reason != last_logged:
            log.info(facts("waiting", reason=reason))
            last_logged = reason
        stop.wait(LOOK_EVERY)


def no_master(url: str) -> str:
    """Why no Spark master can be reached at `url`; "" if one can, or if the application needs none.

    Spark itself tries again only after 20 seconds.
    """
    if not url.startswith("spark://"):
        return ""
    problem = ""
    for address in url.removeprefix("spark://").split(","):  # with several masters, one of which leads
        place = urlsplit(f"//{address}")
        try:
            socket.create_connection((place.hostname or "", place.port or 7077), CONNECT_TIMEOUT).close()
            return ""
        except OSError as error:
            problem = f"no Spark master answers at {address}: {error}"
    return problem


def no_topics(kafka: settings.Kafka, topics: Sequence[str]) -> str:
    """Which topics do not exist yet; "" if all do. The streamer creates them when it first streams."""
    try:
        missing = ", ".join(missing_topics(kafka, topics))
    except Unavailable as error:
        return str(error)
    return f"topic {missing} does not exist yet: ./start-streaming.sh creates it" if missing else ""


def no_token(influxdb: settings.InfluxDB) -> str:
    """Whether the token with which the workers write is missing; "" if not. The set-up of InfluxDB creates it."""
    file = influxdb.write_token_file
    return "" if file.exists() else f"{file} does not exist yet: ./build_setup.sh creates it"
