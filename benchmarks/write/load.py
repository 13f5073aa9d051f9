"""`python -m benchmarks.write.load`: sends a range of readings to a topic, as fast as possible or at a given rate.

It prints one line when Kafka has confirmed all of them. It runs in the virtual environment of
requirements/benchmarks.txt, whose client sends about 150,000 messages/s, ten times as many as one written in Python.
"""

from __future__ import annotations

import argparse
import sys
import time
from array import array
from pathlib import Path

from confluent_kafka import KafkaException, Producer  # type: ignore[import-not-found]

from benchmarks.write.readings import KINDS, make

CONFIRM_TIMEOUT = 120.0
QUEUE = 200_000
POLL_EVERY = 1000


class Sender:
    """A producer that counts the messages that failed. It maps keys to partitions as Kafka's own client does."""

    def __init__(self, servers: str, topic: str, linger_ms: int) -> None:
        self._topic = topic
        self._producer = Producer(
            {
                "bootstrap.servers": servers,
                "linger.ms": linger_ms,
                "batch.size": 256 * 1024,
                "queue.buffering.max.messages": QUEUE,
                "enable.idempotence": True,
                "partitioner": "murmur2_random",
            }
        )
        self.refused = 0

    def send(self, key: bytes, value: bytes) -> None:
        while True:
            try:
                self._producer.produce(self._topic, value, key, on_delivery=self._note)
                return
            except BufferError:
                self._producer.poll(0.05)

    def poll(self) -> None:
        self._producer.poll(0)

    def flush(self) -> int:
        """Wait for the confirmations. Return how many messages Kafka has not confirmed."""
        return int(self._producer.flush(CONFIRM_TIMEOUT)) + self.refused

    def _note(self, error: object, message: object) -> None:
        self.refused += error is not None


def main() -> int:
    """Send the readings. Return 1 unless Kafka has confirmed every message."""
    options = arguments()
    readings = make(options.kind, options.stations)
    sender = Sender(options.servers, options.topic, options.linger_ms)
    sent = array("d")
    began = time.monotonic()
    try:
        for index in range(options.count):
            key, value = readings.message(options.first + index)
            if options.rate:
                wait_until(began + index / options.rate, sender)
                sent.append(time.time())
            elif index % POLL_EVERY == 0:
                sender.poll()
            sender.send(key, value)
        unconfirmed = sender.flush()
    except KafkaException as error:
        print(f"load: Kafka at {options.servers} accepts no message: {error}", file=sys.stderr)
        return 1
    if options.times:
        options.times.write_bytes(sent.tobytes())
    print(f"{options.count} messages in {time.monotonic() - began:.1f} s, {unconfirmed} not confirmed", flush=True)
    return 1 if unconfirmed else 0


def wait_until(due: float, sender: Sender) -> None:
    """Serve the producer's callbacks, then wait until `due`, a time of the monotonic clock."""
    sender.poll()
    while (left := due - time.monotonic()) > 0:
        time.sleep(min(left, 0.005))


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--servers", required=True)
    parser.add_argument("--topic", required=True)
    parser.add_argument("--kind", choices=KINDS, default=KINDS[0])
    parser.add_argument("--stations", type=int, default=50)
    parser.add_argument("--first", type=int, default=0, help="number of the first reading")
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--rate", type=float, default=0.0, help="messages per second; 0 = as fast as possible")
    parser.add_argument("--linger-ms", type=int, default=20, help="the producer's linger (default: 20, the streamer's)")
    parser.add_argument("--times", type=Path, help="file for the send times: doubles, seconds since 1970")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
