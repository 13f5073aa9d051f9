"""`python -m benchmarks.contenders.per_row`: sends a request to InfluxDB for each row, as the original does."""

from __future__ import annotations

from typing import Any

from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from benchmarks.contenders.spark_stream import point, run
from weather import settings
from weather.secrets import read_secret


class PerRowWriter:
    """Writes each row at once and waits for the answer."""

    def __init__(self, influxdb: settings.InfluxDBSink) -> None:
        self._influxdb = influxdb

    def open(self, partition_id: int, epoch_id: int) -> bool:
        token = read_secret(self._influxdb.write_token_file)
        self._client = InfluxDBClient(url=self._influxdb.url, token=token, org=self._influxdb.org)
        self._api = self._client.write_api(write_options=SYNCHRONOUS)
        return True

    def process(self, row: Any) -> None:
        self._api.write(bucket=self._influxdb.bucket, record=point(row), write_precision="s")

    def close(self, error: Exception | None) -> None:
        self._client.close()


def main() -> None:
    """Stream until the process is ended."""
    variables = settings.Variables()
    run(PerRowWriter(settings.InfluxDBSink.load(variables)), variables)


if __name__ == "__main__":
    main()
