"""`python -m benchmarks.contenders.client_batching`: passes points to influxdb_client's background batching.

The client only logs failures, so that rows can be lost and the query does not notice. The benchmark counts the points.
"""

from __future__ import annotations

from typing import Any

from influxdb_client import InfluxDBClient, WriteOptions

from benchmarks.contenders.spark_stream import point, run
from weather import settings
from weather.secrets import read_secret

TIMEOUT_MS = 60_000


class BatchingWriter:
    """Passes each row to the client, which writes batches in its own thread."""

    def __init__(self, influxdb: settings.InfluxDBSink) -> None:
        self._influxdb = influxdb

    def open(self, partition_id: int, epoch_id: int) -> bool:
        token = read_secret(self._influxdb.write_token_file)
        self._client = InfluxDBClient(url=self._influxdb.url, token=token, org=self._influxdb.org, timeout=TIMEOUT_MS)
        options = WriteOptions(batch_size=self._influxdb.batch_lines, flush_interval=1_000)
        self._api = self._client.write_api(write_options=options)
        return True

    def process(self, row: Any) -> None:
        self._api.write(bucket=self._influxdb.bucket, record=point(row), write_precision="s")

    def close(self, error: Exception | None) -> None:
        """Wait until the client has written its buffer."""
        self._api.close()
        self._client.close()


def main() -> None:
    """Stream until the process is ended."""
    variables = settings.Variables()
    run(BatchingWriter(settings.InfluxDBSink.load(variables)), variables)


if __name__ == "__main__":
    main()
