"""What the tests with real components share."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from datastream.kafka.publisher import ensure_topics
from testing.servers import Broker
from weather import settings

CHROMIUM = shutil.which("chromium")
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a file."""
    expect.set_options(timeout=60_000)  # far more than needed, because other tests may keep the machine busy
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture
def kafka(broker: Broker) -> settings.Kafka:
    """A topic of the test's own, with its dead-letter topic."""
    kafka = broker.topic()
    ensure_topics(kafka)
    return kafka
