"""The set-up of a real InfluxDB."""

from __future__ import annotations

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from influxdb_client import InfluxDBClient
from influxdb_client.client.write_api import SYNCHRONOUS
from influxdb_client.rest import ApiException
from influxdb_client.service.scraper_targets_service import ScraperTargetsService

from influxdb import setup
from testing.environment import eventually
from testing.servers import InfluxDBServer
from weather import settings
from weather.errors import SetupError
from weather.secrets import read_secret, write_secret


@pytest.fixture
def server(influxdb_server: InfluxDBServer) -> InfluxDBServer:
    return influxdb_server


def client(server: InfluxDBServer, token: str) -> InfluxDBClient:
    return InfluxDBClient(url=server.url, token=token, org=server.org)


def tokens(options: settings.InfluxDB) -> list[str]:
    return [read_secret(f) for f in (options.admin_token_file, options.write_token_file, options.read_token_file)]


def test_the_buckets_keep_what_they_should(server: InfluxDBServer) -> None:
    with client(server, server.admin_token) as admin:
        buckets = {b.name: b for b in admin.buckets_api().find_buckets().buckets if not b.name.startswith("_")}
    assert set(buckets) == {"meteo", "monitoring"}
    assert [rule.every_seconds for rule in buckets["meteo"].retention_rules] in ([], [0])
    assert buckets["monitoring"].retention_rules[0].every_seconds == 30 * 24 * 3600
    shards = {name: bucket.retention_rules[0].shard_group_duration_seconds for name, bucket in buckets.items()}
    assert shards == {"meteo": 364 * 24 * 3600, "monitoring": 24 * 3600}


def test_run_again_it_changes_nothing(server: InfluxDBServer) -> None:
    with client(server, server.admin_token) as admin:
        before = tokens(server.options), len(admin.authorizations_api().find_authorizations())
        setup.set_up(server.options, server.credentials, server.scraped)
        assert (tokens(server.options), len(admin.authorizations_api().find_authorizations())) == before


def test_only_their_owner_can_read_the_token_files(server: InfluxDBServer) -> None:
    files = sorted(server.options.secrets.iterdir())
    assert [f.name for f in files] == ["influxdb_admin_token", "influxdb_read_token", "influxdb_write_token"]
    assert {stat.S_IMODE(f.stat().st_mode) for f in files} == {0o600}
    assert stat.S_IMODE(server.options.secrets.stat().st_mode) == 0o700


def test_the_write_token_can_only_write(server: InfluxDBServer) -> None:
    with client(server, read_secret(server.options.write_token_file)) as writer:
        for bucket in (server.bucket, "monitoring"):
            writer.write_api(write_options=SYNCHRONOUS).write(bucket, record="t f=1.0")
        with pytest.raises(ApiException) as error:
            writer.query_api().query(f'from(bucket: "{server.bucket}") |> range(start: 0)')
    assert error.value.status in (401, 403, 404)


def test_the_read_token_can_only_read(server: InfluxDBServer) -> None:
    with client(server, server.read_token) as reader:
        for bucket in (server.bucket, "monitoring"):
            reader.query_api().query(f'from(bucket: "{bucket}") |> range(start: 0)')
        with pytest.raises(ApiException) as error:
            reader.write_api(write_options=SYNCHRONOUS).write(server.bucket, record="t f=1.0 1")
    assert error.value.status in (401, 403, 404)


def test_a_lost_token_file_is_made_again_and_the_old_token_ends(server: InfluxDBServer) -> None:
    old = server.read_token
    server.options.read_token_file.unlink()
    setup.set_up(server.options, server.credentials, server.scraped)
    assert server.read_token != old
    with client(server, old) as reader, pytest.raises(ApiException) as error:
        reader.query_api().query(f'from(bucket: "{server.bucket}") |> range(start: 0)')
    assert error.value.status == 401


def test_another_password_is_refused_with_what_to_do(server: InfluxDBServer) -> None:
    with pytest.raises(SetupError, match=r"another user or password.*INFLUXDB_PASS.*clean\.sh"):
        setup.set_up(server.options, replace(server.credentials, password="something-else"), server.scraped)


def test_data_older_than_the_secrets_is_refused_with_what_to_do(server: InfluxDBServer, tmp_path: Path) -> None:
    foreign = replace(server.options, secrets=tmp_path)
    write_secret(foreign.admin_token_file, "a-token-of-another-installation")
    with pytest.raises(SetupError, match=r"rejects the token.*clean\.sh"):
        setup.set_up(foreign, server.credentials, server.scraped)


def test_another_organisation_is_refused_with_what_to_do(server: InfluxDBServer) -> None:
    with pytest.raises(SetupError, match="no organisation 'elsewhere'"):
        setup.set_up(replace(server.options, org="elsewhere"), server.credentials, server.scraped)


def test_the_password_shows_in_no_repr(server: InfluxDBServer) -> None:
    assert server.credentials.password not in repr(server.credentials)


def scrapers(server: InfluxDBServer) -> dict[str, str]:
    """Name → page of what the store scrapes."""
    with InfluxDBClient(url=server.url, token=server.admin_token, org=server.org) as client:
        found = ScraperTargetsService(client.api_client).get_scrapers().configurations
    return {scraper.name: scraper.url for scraper in found}


def test_a_page_that_moved_is_scraped_at_its_new_place_and_only_there(server: InfluxDBServer) -> None:
    assert scrapers(server) == {"weather-stack: InfluxDB": f"{server.url}/metrics"}
    moved = settings.ScrapeTargets({"InfluxDB": f"{server.url}/elsewhere"})
    setup.set_up(server.options, server.credentials, moved)
    assert scrapers(server) == {"weather-stack: InfluxDB": f"{server.url}/elsewhere"}
    setup.set_up(server.options, server.credentials, server.scraped)


def test_what_is_scraped_comes_into_the_monitoring_bucket(server: InfluxDBServer) -> None:
    bucket = server.options.monitoring_bucket
    query = f'import "influxdata/influxdb/schema" schema.measurements(bucket: "{bucket}")'

    def measurements() -> set[str]:
        with InfluxDBClient(url=server.url, token=server.read_token, org=server.org) as client:
            return {r["_value"] for table in client.query_api().query(query) for r in table.records}

    eventually(lambda: "storage_writer_ok_points" in measurements(), "the store's own figures arrive")
