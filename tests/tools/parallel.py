"""A pytest plugin (with pytest-xdist): which tests run in the same process, and in which order processes get them.

A file is never divided, and neither is a folder whose tests share one stack. Files come in the order of the command
line: those that take long belong first, so that no process is left with one of them at the end.
"""

from __future__ import annotations

import pytest
from xdist.scheduler import LoadFileScheduling

TOGETHER = (
    "tests/docker/",
    "tests/contract/compose/",
    "tests/integration/dashboards/viewer/",
    "tests/integration/live_page/",
)
"""Folders with fixtures of the scope `package`."""


class WholeFolders(LoadFileScheduling):
    """Distributes whole files, and the folders of TOGETHER whole."""

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in TOGETHER if nodeid.startswith(folder)), super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> WholeFolders:
    """Called by pytest-xdist."""
    config.option.loadscopereorder = False
    return WholeFolders(config, log)
