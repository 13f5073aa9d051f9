"""The ForeachWriter: lines to InfluxDB, what cannot be used to the dead-letter topic.

Delivery promise: at least once. Writes are synchronous; a failure fails the task, and Spark runs it again from
the checkpoint. A point is identified by measurement, tags and its own time, so writing it again changes nothing.
"""

from __future__ import annotations

import logging
from typing import Any

from influxdb_client import InfluxDBClient
from influxdb_client.client.write.retry import WritesRetry
from influxdb_client.client.write_api import SYNCHRONOUS, WriteApi
from influxdb_client.domain.write_precision import WritePrecision
from influxdb_client.rest import ApiException

from spark_app.dead_letters import DeadLetters
from weather import settings
from weather.errors import SetupError
from weather.secrets import read_secret

log = logging.getLogger(__name__)

TIMEOUT_MS = 30_000
RETRIES = {"total": 5, "retry_interval": 1, "max_retry_delay": 15, "max_retry_time": 60, "jitter_interval": 1}


def open_client(influxdb: settings.InfluxDB) -> InfluxDBClient:
    """A client with the write-only token; 429, 5xx and lost connections are tried again, at most 5 times in 60 s."""
    return InfluxDBClient(
        url=influxdb.url,
        token=read_secret(influxdb.write_token_file),
        org=influxdb.org,
        timeout=TIMEOUT_MS,
        retries=WritesRetry(**RETRIES),
    )


class InfluxDBWriter:
    """Takes rows of `line` (line protocol in seconds, or null) and `rejected` (a record with its reason, or null)."""

    def __init__(self, influxdb: settings.InfluxDB, kafka: settings.Kafka) -> None:
        self._influxdb = influxdb
        self._kafka = kafka

    def open(self, partition_id: int, epoch_id: int) -> bool:
        """Begin a partition of a micro-batch."""
        self._lines: list[str] = []
        self._client = open_client(self._influxdb)
        self._api: WriteApi = self._client.write_api(write_options=SYNCHRONOUS)
        self._dead_letters = DeadLetters(self._kafka)
        return True

    def process(self, row: Any) -> None:
        """Take one row; a full batch of lines is written at once."""
        if row.line is None:
            self._dead_letters.add(row.rejected)
            return
        self._lines.append(row.line)
        if len(self._lines) >= self._influxdb.batch_lines:
            self._flush()

    def close(self, error: Exception | None) -> None:
        """Write what is left, unless the partition has failed already, and let go of the connections."""
        try:
            if error is None:
                self._flush()
                self._dead_letters.flush()
        finally:
            self._dead_letters.close()
            self._client.close()

    def _flush(self) -> None:
        if not self._lines:
            return
        try:
            self._api.write(bucket=self._influxdb.bucket, record=self._lines, write_precision=WritePrecision.S)
        except ApiException as error:
            raise _explained(error, self._influxdb) from error
        self._lines = []


def _explained(error: ApiException, influxdb: settings.InfluxDB) -> Exception:
    """What to do about a refusal that trying again does not cure; other errors as they are."""
    hints = {
        401: f"the token in {influxdb.write_token_file} is not valid there: run ./build_setup.sh again",
        403: f"the token in {influxdb.write_token_file} may not write to bucket {influxdb.bucket!r}",
        404: f"there is no bucket {influxdb.bucket!r} in organisation {influxdb.org!r}: run ./build_setup.sh again",
    }
    hint = hints.get(error.status)
    return SetupError(f"InfluxDB at {influxdb.url} refuses the write ({error.status}): {hint}") if hint else error
