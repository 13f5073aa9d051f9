"""`python -m datastream`: the streamer as a server, until SIGTERM or SIGINT."""

from __future__ import annotations

import gc
import logging
import signal
import sys
from types import FrameType

import waitress

from datastream.kafka.publisher import Publisher, check_answers
from datastream.replay.progress import Replay
from datastream.replay.streamer import Streamer
from datastream.sources import registry
from datastream.web.app import create_app
from datastream.web.metrics import free_disk
from weather import logs, settings
from weather.errors import SourceError, StackError
from weather.logs import facts
from weather.settings import sources

log = logging.getLogger("datastream")

SERVER_THREADS = 8
GARBAGE_THRESHOLD = 100_000


def main() -> int:
    """Serve until SIGTERM or SIGINT. Log the error and return 1 if the server cannot start."""
    logs.configure()
    logging.getLogger("kafka").setLevel(logging.WARNING)
    try:
        variables = settings.Variables()
        kafka, options = settings.Kafka.load(variables), settings.Streamer.load(variables)
        spec = registry.chosen(variables)
        position_file = options.position_file(sources.chosen(variables))
        replay = Replay(spec.topics, options.loop, position_file, spec.time_delta, spec.recreate_refusal)
        streamer = Streamer(spec.source, Publisher(kafka, spec.topics), replay)
        server = waitress.create_server(
            create_app(streamer, lambda: check_answers(kafka), lambda: free_disk(position_file.parent), spec.page),
            host=options.host,
            port=options.port,
            threads=SERVER_THREADS,
        )
        signal.signal(signal.SIGTERM, _end)
        try:
            streamer.resume_after_restart()
        except SourceError as error:  # the live page shows it when the stream is started
            log.error(facts("not_resumed", error=error))
    except (StackError, OSError) as error:
        log.error(facts("cannot_start", error=error))
        return 1
    collect_garbage_seldom()
    log.info(facts("listening", host=options.host, port=options.port, source=spec.source.name))
    server.run()  # returns when a signal raises SystemExit or KeyboardInterrupt in it
    streamer.close()
    log.info(facts("ended"))
    return 0


def collect_garbage_seldom() -> None:
    """A row leaves about a hundred objects and no cycles: the search for cycles takes a tenth of a row's time."""
    gc.freeze()
    gc.set_threshold(GARBAGE_THRESHOLD)


def _end(signal_number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
