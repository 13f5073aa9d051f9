"""Access to the store: the first set-up of an empty one, and a client with the operator token."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import requests
from influxdb_client import InfluxDBClient
from influxdb_client.rest import ApiException

from weather import settings
from weather.errors import SetupError, Unavailable
from weather.logs import facts
from weather.secrets import ensure_secret, read_secret

log = logging.getLogger("influxdb")

TIMEOUT_MS = 20_000
TIMEOUT = 20.0


@dataclass(frozen=True)
class Store:
    """A connection to InfluxDB: its settings, the client, and the ids of our organisation and user."""

    settings: settings.InfluxDB
    client: InfluxDBClient
    org_id: str
    user_id: str


def onboard(influxdb: settings.InfluxDB, credentials: settings.Credentials) -> None:
    """Set up an empty store: user, organisation, bucket and our own operator token. Raise SetupError if it refuses."""
    answer = requests.get(f"{influxdb.url}/api/v2/setup", timeout=TIMEOUT)
    if answer.status_code != 200:
        raise Unavailable(f"InfluxDB at {influxdb.url} answers {answer.status_code} to /api/v2/setup")
    if not answer.json().get("allowed"):
        return
    body = {
        "username": credentials.user,
        "password": credentials.password,
        "org": influxdb.org,
        "bucket": influxdb.bucket,
        "retentionPeriodSeconds": 0,
        "token": ensure_secret(influxdb.admin_token_file),
    }
    answer = requests.post(f"{influxdb.url}/api/v2/setup", json=body, timeout=TIMEOUT)
    if answer.status_code != 201:
        raise SetupError(
            f"InfluxDB rejected its first set-up ({answer.status_code}): {answer.json().get('message', '')}; "
            "check INFLUXDB_USER, INFLUXDB_PASS (at least 8 characters), INFLUXDB_ORG, INFLUXDB_BUCKET in settings.sh"
        )
    log.info(facts("onboarded", org=influxdb.org, user=credentials.user, bucket=influxdb.bucket))


def check_password(influxdb: settings.InfluxDB, credentials: settings.Credentials) -> None:
    """Raise SetupError if the user of the settings cannot sign in."""
    answer = requests.post(
        f"{influxdb.url}/api/v2/signin", auth=(credentials.user, credentials.password), timeout=TIMEOUT
    )
    if answer.status_code == 401:
        raise SetupError(
            f"InfluxDB at {influxdb.url} was set up earlier with another user or password than INFLUXDB_USER="
            f"{credentials.user} and INFLUXDB_PASS: set the earlier ones, or delete its data with ./clean.sh --yes"
        )
    answer.raise_for_status()


def open_store(influxdb: settings.InfluxDB, credentials: settings.Credentials) -> Store:
    """Connect with the operator token. Raise SetupError if it, our organisation or our user is unknown."""
    client = InfluxDBClient(
        url=influxdb.url, token=read_secret(influxdb.admin_token_file), org=influxdb.org, timeout=TIMEOUT_MS
    )
    try:
        organisations = client.organizations_api().find_organizations(org=influxdb.org)
        users = client.users_api().find_users(name=credentials.user).users
    except ApiException as error:
        if error.status == 401:
            raise SetupError(
                f"InfluxDB at {influxdb.url} rejects the token in {influxdb.admin_token_file}: its data is "
                "older than this STACK_HOME. Restore the old secrets, or delete data and secrets with ./clean.sh --yes"
            ) from None
        if error.status != 404:
            raise
        organisations, users = [], []
    if not organisations or not users:
        raise SetupError(
            f"InfluxDB at {influxdb.url} has no organisation {influxdb.org!r} or user {credentials.user!r}: it was "
            "set up with other names. Set INFLUXDB_ORG and INFLUXDB_USER to those, or delete its data with "
            "./clean.sh --yes"
        )
    return Store(influxdb, client, organisations[0].id, users[0].id)
