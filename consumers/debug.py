"""`python -m consumers.debug`: prints each message that arrives in a topic, as a dictionary.

Delivery promise: none. It joins consumer group `debug` and reads the partitions that the broker assigns to it. A new
group starts at the end of the topic.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from google.protobuf.message import DecodeError
from google.protobuf.unknown_fields import UnknownFieldSet

from consumers.exactly_once.program import POLL_SECONDS, polls
from consumers.kafka.client import subscribed
from consumers.kafka.received import Received
from consumers.kafka.reports import is_day
from weather import settings
from weather.ending import shutdown_event
from weather.errors import StackError
from weather.messages import place_report_pb2, report_pb2, station_report_pb2

GROUP = "debug"
SHOWN_BYTES = 200
MESSAGES = (report_pb2.Report, place_report_pb2.Report, station_report_pb2.Report)


def described(received: Received) -> dict[str, Any]:
    """The fields of a JSON or protobuf message, its `partition`, and its `key` if it has one.

    For any other message, `value` (the repr of its first bytes) takes the place of the fields.
    """
    value = received.value or b""
    message = _of_json(value) or _of_protobuf(value) or {"value": repr(value[:SHOWN_BYTES])}
    message["partition"] = received.partition
    if received.key is not None:
        message["key"] = received.key.decode(errors="backslashreplace")
    return message


def _of_json(value: bytes) -> dict[str, Any] | None:
    try:
        fields = json.loads(value)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) else None


def _of_protobuf(value: bytes) -> dict[str, Any] | None:
    """Protobuf does not name the type: take the first of MESSAGES that gives a valid date and no unknown field."""
    for kind in MESSAGES:
        try:
            message: Any = kind.FromString(value)
        except DecodeError:
            return None
        if is_day(message.date) and not len(UnknownFieldSet(message)):
            return {field.name: getattr(message, field.name) for field in message.DESCRIPTOR.fields}
    return None


def main(arguments: list[str]) -> int:
    """Print until SIGTERM or for `--iterations` polls. Return 1 if a setting is invalid or Kafka does not answer."""
    options = _parser().parse_args(arguments)
    stop = shutdown_event()
    try:
        servers = options.bootstrap_servers or settings.KafkaServers.load(settings.Variables()).bootstrap_servers
        topic = options.topic or settings.Kafka.load(settings.Variables()).topic
        with subscribed(servers, topic, GROUP) as subscription:
            for _ in polls(options.iterations, stop):
                for received in subscription.poll(POLL_SECONDS):
                    print(described(received), flush=True)
                if options.heartbeat:
                    options.heartbeat.touch()
        return 0
    except StackError as error:
        print(f"consumers.debug: {error}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m consumers.debug", description="Print each message of a topic.")
    parser.add_argument("--bootstrap-servers", help="host:port; default: the broker of settings.sh")
    parser.add_argument("--topic", help="default: KAFKA_TOPIC")
    parser.add_argument("--iterations", type=int, default=0, help="polls of one second; 0 = until SIGTERM")
    parser.add_argument("--heartbeat", type=Path, help="file to touch after each poll")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
