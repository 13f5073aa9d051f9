"""`python -m datastream`: the streamer as a server, until SIGTERM or SIGINT."""

from __future__ import annotations

import logging
import signal
import sys
from types import FrameType

import waitress

from datastream.app import create_app
from datastream.kafka_topic import Publisher, check_answers
from datastream.meteofrance import MeteoFrance
from datastream.metrics import free_disk
from datastream.streamer import Replay, Streamer
from weather import logs, settings
from weather.errors import SourceError, StackError
from weather.logs import facts

log = logging.getLogger("datastream")

SERVER_THREADS = 8


def main() -> int:
    """Serve until told to end; 1 with a message where the settings or the data do not allow it."""
    logs.configure()
    logging.getLogger("kafka").setLevel(logging.WARNING)
    try:
        variables = settings.Variables()
        kafka, options = settings.Kafka.load(variables), settings.Streamer.load(variables)
        streamer = Streamer(
            MeteoFrance(options.data),
            Publisher(kafka),
            Replay(kafka.topic, kafka.dead_letter_topic, options.loop, options.position_file, options.time_delta),
        )
        server = waitress.create_server(
            create_app(streamer, lambda: check_answers(kafka), lambda: free_disk(options.position_file.parent)),
            host=options.host,
            port=options.port,
            threads=SERVER_THREADS,
        )
        signal.signal(signal.SIGTERM, _end)
        try:
            streamer.resume_after_restart()
        except SourceError as error:  # the page shows it when somebody starts the stream
            log.error(facts("not_resumed", error=error))
    except (StackError, OSError) as error:
        log.error(facts("cannot_start", error=error))
        return 1
    log.info(facts("listening", host=options.host, port=options.port, data=options.data))
    server.run()  # returns when a signal raises SystemExit or KeyboardInterrupt in it
    streamer.close()
    log.info(facts("ended"))
    return 0


def _end(signal_number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
