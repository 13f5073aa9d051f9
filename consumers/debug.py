"""`python -m consumers.debug`: one dictionary for each message that comes into a topic, as it comes.

Delivery promise: none. It is group `debug`, takes the partitions that the broker gives it, and begins at the end.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from pathlib import Path
from typing import Any

from consumers.kafka_topic import Received, subscribed
from weather import settings
from weather.ending import told_to_end
from weather.errors import StackError

GROUP = "debug"
POLL_SECONDS = 1.0
SHOWN_BYTES = 200


def described(received: Received) -> dict[str, Any]:
    """The fields of a JSON message, its `partition`, and its `key` where it has one; other values as they look."""
    try:
        fields = json.loads(received.value or b"")
    except ValueError:
        fields = None
    message = fields if isinstance(fields, dict) else {"value": repr((received.value or b"")[:SHOWN_BYTES])}
    message["partition"] = received.partition
    if received.key is not None:
        message["key"] = received.key.decode(errors="backslashreplace")
    return message


def main(arguments: list[str]) -> int:
    """Print until SIGTERM, or for so many polls; 1 where Kafka does not answer."""
    options = _parser().parse_args(arguments)
    stop = told_to_end()
    try:
        servers = options.bootstrap_servers or settings.Kafka.load(settings.Variables()).bootstrap_servers
        topic = options.topic or settings.Kafka.load(settings.Variables()).topic
        with subscribed(servers, topic, GROUP) as subscription:
            for poll in itertools.count():
                if stop.is_set() or (options.iterations and poll == options.iterations):
                    return 0
                for received in subscription.poll(POLL_SECONDS):
                    print(described(received), flush=True)
                if options.heartbeat:
                    options.heartbeat.touch()
    except StackError as error:
        print(f"consumers.debug: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m consumers.debug", description="Print what comes into a topic.")
    parser.add_argument("--bootstrap-servers", help="host:port; by default what settings.sh says")
    parser.add_argument("--topic", help="by default KAFKA_TOPIC")
    parser.add_argument("--iterations", type=int, default=0, help="polls of one second; 0 = until it is ended")
    parser.add_argument("--heartbeat", type=Path, help="a file to touch after each poll")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
