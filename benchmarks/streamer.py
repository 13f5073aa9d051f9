"""`./run_benchmarks.sh streamer [--copies N] [--rounds R]`: rows/s of the streamer and of a bare kafka-python loop.

At `t_delta=0` (as fast as possible) it measures rows/s of the streamer, and of a loop that only `send`s the same keys
and values with the same client settings. They take turns, each with its own topic, and end when Kafka has confirmed
the last row. At 0.001 s between two rows it measures the rate over ten seconds.
"""

from __future__ import annotations

import argparse
import multiprocessing
import statistics
import sys
import tempfile
import time
from pathlib import Path

import requests
from kafka import KafkaConsumer, KafkaProducer

from benchmarks.time_order import make_file
from benchmarks.write.processes import running
from benchmarks.write.servers import Place, broker, first_place
from datastream.kafka import publisher
from datastream.kafka.publisher import ensure_topics
from stack.common.steps import wait_until
from testing.throwaway_stack import machine

ROWS_OF_THE_FILE = 36_962
START_TIMEOUT = 60.0
PACED_SECONDS = 10.0
PACED_DELTA = 0.001


def streamer(place: Place, rows: int) -> tuple[float, float]:
    """Rows/s at `t_delta=0`, measured once the file is sorted, and rows/s at `t_delta=0.001`."""
    address = f"http://127.0.0.1:{place.variables.port('DATASTREAM_FLASK_PORT')}"

    def sent() -> int:
        return int(requests.get(f"{address}/status", timeout=10).json()["rows_sent"])

    def tell(path: str, **form: float) -> None:
        requests.post(address + path, data=form, timeout=30).raise_for_status()

    with running([place.components.datastream()], place.home / "logs"):
        wait_until("the streamer", lambda: _problem(address), START_TIMEOUT)
        tell("/time_delta", t_delta=PACED_DELTA)
        tell("/start_streaming")
        wait_until("the first row", lambda: "" if sent() else "none yet", START_TIMEOUT)
        first, began = sent(), time.monotonic()
        time.sleep(PACED_SECONDS)
        paced = (sent() - first) / (time.monotonic() - began)
        tell("/time_delta", t_delta=0)
        first, began = sent(), time.monotonic()
        while (now := sent()) < rows:
            time.sleep(0.25)  # each request costs the streamer a row or two
        return (now - first) / (time.monotonic() - began), paced


def _problem(address: str) -> str:
    try:
        return "" if requests.get(f"{address}/status", timeout=2).ok else "not ready"
    except requests.RequestException as error:
        return str(error)


def bare_loop(place: Place, messages: list[tuple[bytes, bytes]]) -> float:
    """Rows/s of `send` alone, in its own process like the streamer."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_send_all, (place.kafka.bootstrap_servers, place.kafka.topic, messages))


def _send_all(servers: str, topic: str, messages: list[tuple[bytes, bytes]]) -> float:
    producer = KafkaProducer(
        bootstrap_servers=servers, acks="all", enable_idempotence=True, retries=publisher.RETRIES,
        linger_ms=publisher.LINGER_MS, batch_size=publisher.BATCH_BYTES,
    )  # fmt: skip
    began = time.monotonic()
    for key, value in messages:
        producer.send(topic, value, key)
    producer.flush()
    took = time.monotonic() - began
    producer.close()
    return len(messages) / took


def messages_of(place: Place) -> list[tuple[bytes, bytes]]:
    """Keys and values of the topic of a place."""
    consumer = KafkaConsumer(
        place.kafka.topic, bootstrap_servers=place.kafka.bootstrap_servers, auto_offset_reset="earliest",
        consumer_timeout_ms=3000,
    )  # fmt: skip
    found = [(record.key, record.value) for record in consumer]
    consumer.close()
    return found


def main() -> int:
    """Print each round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--copies", type=int, default=8, help="copies of the shipped month, which has 36,962 rows")
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(machine())
    rows = ROWS_OF_THE_FILE * options.copies
    found: list[tuple[float, float, float]] = []
    with tempfile.TemporaryDirectory(prefix="weather-") as folder:
        data = Path(folder) / "H_00_copies.csv.gz"
        make_file(data, options.copies)
        first = first_place(Path(folder))
        with broker(first):
            for number in range(options.rounds):
                changes = {"METEO_DATA": str(data), "KAFKA_TOPIC": f"streamed-{number}"}
                place = first.another(f"round-{number}", **changes)
                fast, paced = streamer(place, rows)
                bare = place.changed(KAFKA_TOPIC=f"bare-{number}")
                ensure_topics(bare.kafka)
                found.append((fast, bare_loop(bare, messages_of(place)), paced))
                print("streamer {:.0f}, bare loop {:.0f}; at 0.001 s {:.1f} rows/s".format(*found[-1]), flush=True)
    ratio = statistics.median(fast / bare for fast, bare, _ in found)
    print(f"median: {ratio:.2f} of the bare loop; at 0.001 s {statistics.median(row[2] for row in found):.1f} rows/s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
