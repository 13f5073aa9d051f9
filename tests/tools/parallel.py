"""A pytest plugin (with pytest-xdist): which tests run in the same process, and in which order processes get them.

Tests that share a stack are chapters of one story: each goes on where the one before it ended. Therefore a file is
never divided, and neither is a folder whose tests share one stack. Stories come in the order of the command line:
those that take long belong first, so that no process is left with one of them at the end.
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


def story(nodeid: str) -> str:
    """The file of a test, or its folder of TOGETHER."""
    return next((folder for folder in TOGETHER if nodeid.startswith(folder)), nodeid.partition("::")[0])


class WholeStories(LoadFileScheduling):
    """Distributes whole files, and the folders of TOGETHER whole."""

    def _split_scope(self, nodeid: str) -> str:
        return story(nodeid)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Called by pytest."""
    parser.addoption("--long", action="store_true", help="only the files, or folders, with a test that is marked long")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Called by pytest."""
    if config.option.long:
        wanted = {story(item.nodeid) for item in items if item.get_closest_marker("long")}
        config.hook.pytest_deselected(items=[item for item in items if story(item.nodeid) not in wanted])
        items[:] = [item for item in items if story(item.nodeid) in wanted]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> WholeStories:
    """Called by pytest-xdist."""
    config.option.loadscopereorder = False
    return WholeStories(config, log)
