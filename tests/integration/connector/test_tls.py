"""An InfluxDB with a certificate of its own: the options `ca_file` and `verify`, for writing and for reading."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from spark_app.influxdb.store import connection
from spark_influxdb import Connection, Points, Unavailable, WriteOptions, write_rows
from spark_influxdb.query_api import batches
from testing.servers import running_influxdb

ROWS = [{"time": datetime(2026, 1, 1, tzinfo=UTC), "room": "hall", "degrees": 21.5}]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that is its own authority, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    made, key = folder / "certificate.pem", folder / "key.pem"
    names = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*command, "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


@pytest.fixture(scope="module")
def place(certificate: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """A store that speaks https only. Its requests are not retried."""
    with running_influxdb(tmp_path_factory.mktemp("influxdb")) as server:
        server.kill()
        server.url, server.tls = server.url.replace("http:", "https:"), certificate
        server.start()
        place = connection(server.options)
        yield replace(place, url=server.url, token=server.admin_token, token_file="", max_retries=0)


def stored(place: Connection) -> int:
    flux = (
        f'from(bucket: "{place.bucket}") |> range(start: 2026-01-01T00:00:00Z) |> filter(fn: (r) => r.room == "hall")'
    )
    return sum(batch.num_rows for batch in batches(place, flux))


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_an_authority_of_ones_own_is_trusted_when_it_is_named_and_otherwise_not(
    place: Connection, certificate: tuple[Path, Path]
) -> None:
    points = Points("rooms", tags=("room",))
    for action in (lambda: write_rows(ROWS, WriteOptions(place, points)), lambda: stored(place)):
        with pytest.raises(Unavailable, match="certificate verify failed"):
            action()
    named = replace(place, ca_file=str(certificate[0]))
    assert write_rows(ROWS, WriteOptions(named, points)).points == 1
    assert stored(named) == 1
    assert stored(replace(place, verify=False)) == 1
