"""Files from outside, in containers: a department that is downloaded and followed, and a table of your own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from testing.docker.docker_stack import DockerStack
from testing.environment import eventually
from testing.running_stack import assert_same_points
from tests.docker.containers import send
from tests.live.publication import FORM, Publication

SHIPPED_YEAR = 2014
"""What an earlier chapter streams is of this year."""


class Folder:
    """The files of a server in a container; it takes the place of the server that `Publication` knows."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def put(self, name: str, content: bytes) -> None:
        partial = self._path / f".{name}"
        partial.write_bytes(content)
        partial.chmod(0o644)
        partial.replace(self._path / name)


@pytest.fixture
def published(stack: DockerStack, tmp_path: Path) -> Iterator[Publication]:
    """A department's file at http://files:8000/ in the network of the containers."""
    tmp_path.chmod(0o755)
    made = Publication(Folder(tmp_path), days=3, stations=3)
    server = stack.engine.docker(
        "run", "--detach", "--rm", "--network", f"{stack.project}_default", "--network-alias", "files",
        "--volume", f"{tmp_path}:/files:ro", "--entrypoint", "python", stack.image("datastream"),
        "-m", "http.server", "--directory", "/files", "8000",
    ).strip()  # fmt: skip
    yield made
    stack.engine.docker("rm", "--force", server)


@pytest.mark.long
def test_a_department_is_downloaded_and_followed(stack: DockerStack, published: Publication) -> None:
    def stored() -> set[tuple[str, str]]:
        points = stack.points()
        return {(number, f"{at:{FORM}}") for number, at in points.index if at.year > SHIPPED_YEAR}

    published.add_until(before=5)
    published.publish()
    followed = {"METEO_DEPARTMENT": "29", "METEO_ADDRESS": "http://files:8000/", "STREAMING_FOLLOW": "0.5"}
    stack.must("./build_setup.sh", **followed)
    eventually(lambda: stored() == set(published.rows), "the history is in the store")
    assert stack.status()["live"] and stack.status()["file"] == published.name
    published.add_until(before=2)
    published.publish()
    eventually(lambda: stored() == set(published.rows), "new hours follow")


@pytest.mark.long
def test_a_table_of_your_own_has_its_measurement_and_its_dashboard(stack: DockerStack) -> None:
    stack.must("./build_setup.sh", STREAM_SOURCE="csv", STREAMING_TIME_DELTA="0")
    eventually(lambda: len(stack.table("greenhouse")) == 19, "each row with a value is a point")
    board = json.loads((stack.home / "run" / "dashboards" / "own-greenhouse.json").read_text())
    assert stack.empty_panels(board) == []


@pytest.mark.long
def test_dead_letters_are_listed_exported_and_replayed_by_a_container(stack: DockerStack, tmp_path: Path) -> None:
    stack.must("./build_setup.sh", STREAM_SOURCE="meteofrance")
    send(stack, b"garbage of a test")
    show = ("./dead-letters.sh", "show", "--topic", "meteo", "--reason", "JSON")
    eventually(lambda: "garbage of a test" in stack.run(*show).stdout, "it is in the dead-letter topic")
    stack.must("./dead-letters.sh", "export", str(tmp_path / "letters.ndjson"), "--topic", "meteo")
    lines = (tmp_path / "letters.ndjson").read_text().splitlines()
    assert "garbage of a test" in {json.loads(line)["value"] for line in lines}
    assert " dead letters replayed" in stack.must("./dead-letters.sh", "replay", "--topic", "meteo")
    assert "0 dead letters replayed" in stack.must(
        "./dead-letters.sh", "replay", "--topic", "meteo", "--until", "2026-01-01"
    )


@pytest.mark.long
def test_a_backup_restores_buckets_and_volumes(stack: DockerStack, tmp_path: Path) -> None:
    stack.must("./build_setup.sh", STREAM_SOURCE="meteofrance")
    eventually(lambda: int(stack.status()["position"]) > 0, "rows flow")
    stack.stop_streaming()
    position, lag = int(stack.status()["position"]), "lag 0 at the last batch"
    eventually(lambda: lag in stack.run("./status.sh").stdout, "every row is written")
    points = stack.points()
    stack.must("./backup.sh", str(tmp_path / "stack.tar"))
    assert_same_points(stack.points(), points)
    stack.must("./clean.sh", "--yes")
    assert stack.left_behind() == []
    stack.must("./restore.sh", str(tmp_path / "stack.tar"), "--no-start")
    assert_same_points(stack.points(), points)
    assert int(stack.status()["position"]) == position
    stack.must("./build_setup.sh", STREAM_SOURCE="meteofrance")
    eventually(lambda: int(stack.status()["position"]) > position, "it goes on")
    eventually(lambda: len(stack.points()) > len(points), "into the same store")
