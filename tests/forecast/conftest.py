"""What the tests of statistics and forecasts share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import DataFrame, SparkSession

from tests.forecast.streams import REPORT, Feed

OpenFeed = Callable[..., Feed]


@pytest.fixture
def open_feed(spark: SparkSession, tmp_path: Path) -> Iterator[OpenFeed]:
    """Starts queries on streams that the test feeds; they end with the test."""
    feeds: list[Feed] = []

    def start(made_of: Callable[[DataFrame], DataFrame], schema: str = REPORT, mode: str = "append") -> Feed:
        feeds.append(Feed(spark, tmp_path, schema, made_of, mode))
        return feeds[-1]

    yield start
    for feed in feeds:
        feed.query.stop()
