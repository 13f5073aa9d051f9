"""The buckets of a real InfluxDB, backed up and restored onto an empty one."""

from __future__ import annotations

import gzip
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS

from influxdb import setup
from stack.backups import archive
from stack.backups.archive import MANIFEST, Writer
from stack.backups.buckets import Buckets
from testing.servers import InfluxDBServer, running_influxdb
from weather.secrets import read_secret

LINES = [
    *(f"meteo,station=A\\ b,station_id=1 Temperature={n}.25,LAT=48 {n * 40_000_000}" for n in range(50)),  # 60 years
    'station_stats,station=A text="a ""quoted"" one",count=3i,ok=true 1500000000',
]


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InfluxDBServer]:
    with running_influxdb(tmp_path_factory.mktemp("source")) as server:
        with InfluxDBClient(url=server.url, token=server.admin_token, org=server.org) as client:
            write = client.write_api(write_options=SYNCHRONOUS)
            write.write(server.bucket, record=LINES, write_precision="s")
            write.write("monitoring", record="pipeline,query=meteo points=17i")
        yield server


@pytest.fixture(scope="module")
def backup(source: InfluxDBServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "stack.tar"
    with Writer(file) as writer:
        writer.add(MANIFEST, b'{"format": 1}')
        Buckets(source.options, source.credentials).back_up(writer)
    return file


def everything(server: InfluxDBServer, bucket: str) -> list[tuple[object, ...]]:
    """Every point of a bucket that no scraper or task writes: measurement, tags, field, value and time."""
    query = f'from(bucket: "{bucket}") |> range(start: 1960-01-01T00:00:00Z) |> drop(columns: ["_start", "_stop"])'
    query += " |> filter(fn: (r) => r._measurement =~ /^(meteo|station_stats|pipeline)$/)"
    with InfluxDBClient(url=server.url, token=read_secret(server.options.read_token_file), org=server.org) as client:
        tables = client.query_api().query(query)
    rows = [r.values for table in tables for r in table.records]
    return sorted(tuple(sorted((k, str(v)) for k, v in row.items() if k not in ("table", "result"))) for row in rows)


def test_every_point_is_restored_and_new_tokens_fit(
    source: InfluxDBServer, backup: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    unpacked = tmp_path_factory.mktemp("unpacked")
    archive.check(backup)
    archive.unpack(backup, unpacked)
    with running_influxdb(tmp_path_factory.mktemp("target"), empty=True) as target:
        for _ in range(2):  # an interrupted one is begun again
            Buckets(target.options, target.credentials).restore(unpacked)
        setup.set_up(target.options, target.credentials, target.scraped)
        assert target.admin_token != source.admin_token
        for bucket in ("meteo", "monitoring"):
            points = everything(source, bucket)
            assert points and everything(target, bucket) == points
        with InfluxDBClient(url=target.url, token=target.admin_token, org=target.org) as admin:
            found = admin.buckets_api().find_buckets().buckets
        kept = {b.name: b.retention_rules[0].every_seconds for b in found if not b.name.startswith("_")}
        assert kept == {"meteo": 0, "monitoring": 30 * 24 * 3600}
        answer = requests.post(
            f"{target.url}/api/v2/write?org={target.org}&bucket=meteo&precision=s",
            headers={"Authorization": f"Token {read_secret(target.options.write_token_file)}"},
            data="meteo,station=new Temperature=1 1500000000",
            timeout=20,
        )
        assert answer.status_code == 204


def test_the_backup_has_no_token(source: InfluxDBServer, backup: Path) -> None:
    secrets = [
        read_secret(file).encode()
        for file in (source.options.admin_token_file, source.options.read_token_file, source.options.write_token_file)
    ]
    with tarfile.open(backup) as tar:
        for member in tar:
            content = tar.extractfile(member)
            assert content is not None
            plain = gzip.GzipFile(fileobj=content).read() if member.name.endswith(".gz") else content.read()
            assert not [secret for secret in secrets if secret in plain], member.name
