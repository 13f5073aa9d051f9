"""What the tests of the consumers share: a real HDFS beside the real broker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.consumers.hdfs import HDFS


@pytest.fixture(scope="session")
def hdfs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HDFS]:
    """A real HDFS, shared by the tests of a session; each takes a folder of its own."""
    running = HDFS(tmp_path_factory.mktemp("hdfs"))
    try:
        running.start()
        yield running
    finally:
        running.kill()
