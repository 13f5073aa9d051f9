"""One local Spark session for the tests of transforms."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from tests.local_spark import local_spark


@pytest.fixture(scope="package")
def spark() -> Iterator[SparkSession]:
    with local_spark() as session:
        yield session
