"""`python -m benchmarks.contenders.quix GROUP`: runs Quix Streams with a batching sink for InfluxDB v2.

The sink that comes with Quix Streams writes to InfluxDB v3; this one has the same structure. The program runs in the
virtual environment of requirements/benchmarks.txt. Several processes of one consumer group share the partitions.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from typing import Any

from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from quixstreams import Application  # type: ignore[import-not-found]
from quixstreams.sinks import BatchingSink, SinkBatch  # type: ignore[import-not-found]

from weather import settings
from weather.reading import FIELDS, HOUR, HOUR_FORMAT, MEASUREMENT, STATION_ID, STATION_NAME
from weather.secrets import read_secret

COMMIT_EVERY = 20_000
COMMIT_TIMEOUT = 1.0
ESCAPED = str.maketrans({sign: f"\\{sign}" for sign in ",= "})


class InfluxDBSink(BatchingSink):  # type: ignore[misc]
    """Writes a checkpoint's readings as lines, synchronously; an error aborts the checkpoint, so nothing is lost."""

    def __init__(self, influxdb: settings.InfluxDBSink) -> None:
        super().__init__()
        self._influxdb = influxdb

    def setup(self) -> None:
        """Open the connection."""
        token = read_secret(self._influxdb.write_token_file)
        self._client = InfluxDBClient(url=self._influxdb.url, token=token, org=self._influxdb.org)
        self._api = self._client.write_api(write_options=SYNCHRONOUS)

    def write(self, batch: SinkBatch) -> None:
        for chunk in batch.iter_chunks(n=self._influxdb.batch_lines):
            lines = [line(item.value) for item in chunk]
            self._api.write(bucket=self._influxdb.bucket, record=lines, write_precision="s")


def line(message: dict[str, Any]) -> str:
    """One message as a line of line protocol."""
    tags = f"station={_escaped(message[STATION_NAME])},station_id={_escaped(message[STATION_ID])}"
    fields = ",".join(f"{f.name}={float(message[f.source])!r}" for f in FIELDS if f.source in message)
    return f"{MEASUREMENT},{tags} {fields} {_seconds(message[HOUR])}"


def _escaped(text: str) -> str:
    return text.translate(ESCAPED)


def _seconds(hour: str) -> int:
    return int(datetime.strptime(hour, HOUR_FORMAT).replace(tzinfo=UTC).timestamp())


def main(group: str) -> None:
    """Stream until the process is ended."""
    variables = settings.Variables()
    kafka, influxdb = settings.Kafka.load(variables), settings.InfluxDBSink.load(variables)
    application = Application(
        broker_address=kafka.bootstrap_servers,
        consumer_group=group,
        auto_offset_reset="earliest",
        commit_every=COMMIT_EVERY,
        commit_interval=COMMIT_TIMEOUT,
        auto_create_topics=False,
        state_dir=f"state-{os.getpid()}",  # in a shared folder, the second process fails
        loglevel="WARNING",
    )
    topic = application.topic(kafka.topic, value_deserializer="json", key_deserializer="bytes")
    application.dataframe(topic).sink(InfluxDBSink(influxdb))
    application.run()


if __name__ == "__main__":
    main(sys.argv[1])
