"""The same stack stopped with its data kept, up again, and gone."""

from __future__ import annotations

import pytest

from testing.docker.docker_stack import DockerStack
from testing.environment import eventually
from testing.running_stack import assert_same_points, expected_points
from tests.docker.containers import SHIPPED


@pytest.mark.long
def test_stopped_with_its_data_kept_it_goes_on_with_the_same_tokens(stack: DockerStack) -> None:
    secrets = {file.name: file.read_text() for file in (stack.home / "secrets").iterdir()}
    stack.must("./clean.sh", "--keep-data")
    assert not stack.containers()
    stack.must("./build_setup.sh", "--no-start")
    assert {file.name: file.read_text() for file in (stack.home / "secrets").iterdir()} == secrets
    expected = expected_points(SHIPPED)
    assert stack.count() == len(expected)
    assert stack.status()["state"] == "stopped"
    stack.must("./build_setup.sh")
    before = stack.rows_written()
    stack.must("./start-streaming.sh", "--restart")
    stack.set_delta(0)
    eventually(lambda: stack.status()["state"] == "finished", "the file is streamed again")
    eventually(lambda: stack.rows_written() >= before + len(expected), "every row is written again")
    assert_same_points(stack.points(), expected)


def test_cleaned_it_leaves_nothing_behind(stack: DockerStack) -> None:
    stack.must("./clean.sh", "--yes")
    assert not stack.left_behind()
    assert not stack.home.exists()
