"""`python -m influxdb.setup` creates organisation, user, buckets, tokens, scrapers and tasks that are missing.

A second run changes nothing. The operator token is generated here and passed to InfluxDB at its first set-up, so it
never has to be read back. The token for Spark can only write to the two buckets, the token for Grafana can only read
them.
"""

from __future__ import annotations

import logging
import sys
from datetime import timedelta

import requests
from influxdb_client.client.exceptions import InfluxDBError
from influxdb_client.domain.authorization import Authorization
from influxdb_client.domain.bucket_retention_rules import BucketRetentionRules
from influxdb_client.domain.permission import Permission
from influxdb_client.domain.permission_resource import PermissionResource
from influxdb_client.domain.scraper_target_request import ScraperTargetRequest
from influxdb_client.domain.task_create_request import TaskCreateRequest
from influxdb_client.rest import ApiException
from influxdb_client.service.scraper_targets_service import ScraperTargetsService
from urllib3.exceptions import HTTPError

from influxdb import daily
from influxdb.store import TIMEOUT, Store, check_password, onboard, open_store
from weather import logs, settings
from weather.errors import StackError
from weather.logs import facts
from weather.secrets import read_secret, write_secret

log = logging.getLogger("influxdb")

FOR_EVER = timedelta(0)
MONITORING_RETENTION = timedelta(days=30)
LONG_SHARD = timedelta(weeks=52)
"""With InfluxDB's default of a week, years of hourly readings would be many small shards, each with its own cost."""
DAY_SHARD = timedelta(days=1)
WRITE_TOKEN = "weather-stack: write (Spark)"
READ_TOKEN = "weather-stack: read (Grafana)"


def main() -> int:
    """Set up the store. Return 1 after an error message if it does not answer or belongs to another installation."""
    logs.configure()
    try:
        variables = settings.Variables()
        credentials, scraped = settings.Credentials.load(variables), settings.ScrapeTargets.load(variables)
        set_up(settings.InfluxDB.load(variables), credentials, scraped)
    except StackError as error:
        log.error(facts("set_up_failed", error=error))
        return 1
    except (ApiException, InfluxDBError, HTTPError, requests.RequestException) as error:
        log.error(facts("set_up_failed", error=f"a request to InfluxDB failed: {error}"))
        return 1
    return 0


def set_up(influxdb: settings.InfluxDB, credentials: settings.Credentials, scraped: settings.ScrapeTargets) -> None:
    """Create what is missing. Raise SetupError if the store has another operator token, password or organisation."""
    onboard(influxdb, credentials)
    check_password(influxdb, credentials)
    store = open_store(influxdb, credentials)
    with store.client:
        buckets = [
            ensure_bucket(store, influxdb.bucket, FOR_EVER, LONG_SHARD),
            ensure_bucket(store, influxdb.monitoring_bucket, MONITORING_RETENTION, DAY_SHARD),
        ]
        ensure_token(store, WRITE_TOKEN, "write", buckets)
        ensure_token(store, READ_TOKEN, "read", buckets)
        for name, url in scraped.pages.items():
            ensure_scraper(store, f"weather-stack: {name}", url, buckets[1])
        for name, flux in daily.tasks(influxdb.bucket).items():
            ensure_task(store, name, flux)


def ensure_bucket(store: Store, name: str, kept: timedelta, shard: timedelta) -> str:
    """Create the bucket, or set its retention and the duration of its shards. Return its id.

    Existing shards keep their duration.
    """
    api = store.client.buckets_api()
    seconds = {"every_seconds": int(kept.total_seconds()), "shard_group_duration_seconds": int(shard.total_seconds())}
    rule = BucketRetentionRules(type="expire", **seconds)
    bucket = api.find_bucket_by_name(name)
    if bucket is None:
        bucket = api.create_bucket(bucket_name=name, org=store.settings.org, retention_rules=[rule])
        log.info(facts("bucket_created", bucket=name, **seconds))
    elif [{key: getattr(found, key) for key in seconds} for found in bucket.retention_rules] != [seconds]:
        bucket.retention_rules = [rule]
        api.update_bucket(bucket)
        log.info(facts("bucket_changed", bucket=name, **seconds))
    return str(bucket.id)


def ensure_token(store: Store, description: str, action: str, bucket_ids: list[str]) -> None:
    """Keep in its file a token that may only `action` (write or read) these buckets. Replace an invalid one."""
    file = store.settings.write_token_file if action == "write" else store.settings.read_token_file
    api = store.client.authorizations_api()
    existing = [a for a in api.find_authorizations(org_id=store.org_id) if a.description == description]
    if existing and _covers(existing[0], bucket_ids) and file.exists() and _is_known(store, read_secret(file)):
        return
    for authorization in existing:
        api.delete_authorization(authorization)
    permissions = [
        Permission(action=action, resource=PermissionResource(type="buckets", id=bucket, org_id=store.org_id))
        for bucket in bucket_ids
    ]
    made = api.create_authorization(
        authorization=Authorization(
            org_id=store.org_id, user_id=store.user_id, description=description, permissions=permissions
        )
    )
    write_secret(file, made.token)
    log.info(facts("token_created", token=description, file=file))


def ensure_scraper(store: Store, name: str, url: str, bucket_id: str) -> None:
    """Let InfluxDB scrape this page into the bucket every ten seconds. Replace a scraper of another page or bucket."""
    api = ScraperTargetsService(store.client.api_client)
    existing = [s for s in api.get_scrapers(org_id=store.org_id).configurations if s.name == name]
    if [(s.url, s.bucket_id) for s in existing] == [(url, bucket_id)]:
        return
    for scraper in existing:
        api.delete_scrapers_id(scraper.id)
    request = ScraperTargetRequest(name=name, type="prometheus", url=url, org_id=store.org_id, bucket_id=bucket_id)
    api.post_scrapers(request)
    log.info(facts("scraper_created", scraper=name, url=url))


def ensure_task(store: Store, name: str, flux: str) -> None:
    """Let InfluxDB run this Flux automatically. Replace a task whose Flux differs."""
    api = store.client.tasks_api()
    existing = [task for task in api.find_tasks(name=name) if task.org_id == store.org_id]
    if [task.flux for task in existing] == [flux]:
        return
    for task in existing:
        api.delete_task(task.id)
    api.create_task(task_create_request=TaskCreateRequest(org_id=store.org_id, flux=flux, status="active"))
    log.info(facts("task_created", task=name))


def _covers(authorization: Authorization, bucket_ids: list[str]) -> bool:
    return {p.resource.id for p in authorization.permissions} == set(bucket_ids)


def _is_known(store: Store, token: str) -> bool:
    """Whether InfluxDB accepts the token. (A restricted token also gets an answer, limited to what it may see.)"""
    answer = requests.get(
        f"{store.settings.url}/api/v2/buckets", headers={"Authorization": f"Token {token}"}, timeout=TIMEOUT
    )
    return answer.status_code != 401


if __name__ == "__main__":
    sys.exit(main())
