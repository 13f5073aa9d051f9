"""The first set-up of a machine makes the archives of Java classes, and the next start maps them."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from stack.native import class_data
from stack.native.install import Installation
from testing.environment import eventually
from testing.running_stack import RunningStack

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    """A stack with a cache of its own, which has everything except the archives."""
    made = RunningStack(tmp_path_factory.mktemp("stack"))
    cache = made.folder.parent / "cache"
    subprocess.run(["cp", "--archive", "--link", made.variables.text("STACK_CACHE"), cache], check=True)
    made.environment["STACK_CACHE"] = str(cache)
    assert not installation(made).has_class_data(), "an archive belongs to the paths of its jars"
    yield made
    made.run("./clean.sh", "--yes")
    for process in made.processes():
        process.kill()


def installation(stack: RunningStack) -> Installation:
    return Installation(stack.variables, stack.home / "install.log")


def makers(stack: RunningStack) -> list[psutil.Process]:
    """The processes that make the archives: their command lines name the cache and what they write."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        line = " ".join(process.info["cmdline"] or [])
        if stack.environment["STACK_CACHE"] in line and ("ArchiveClassesAtExit" in line or "class_data" in line):
            found.append(process)
    return found


def test_while_they_are_made_the_stack_can_be_removed(stack: RunningStack) -> None:
    assert "archives of Java classes" in stack.must("./build_setup.sh", "--native", "--no-start")
    eventually(lambda: len(makers(stack)) > 1, "the application runs whose classes are archived")
    stack.must("./clean.sh", "--yes")
    assert not stack.processes() and not makers(stack)
    assert not list(Path(tempfile.gettempdir()).glob("class-data-*"))
    assert not installation(stack).has_class_data()


def test_the_next_set_up_makes_them(stack: RunningStack) -> None:
    stack.must("./build_setup.sh", "--native", "--no-start")
    eventually(installation(stack).has_class_data, "they are complete")
    eventually(lambda: not makers(stack), "nothing makes them any more")
    assert "unhealthy" not in stack.run("./status.sh").stdout


def test_then_a_broker_maps_one_and_nothing_is_made_again(stack: RunningStack) -> None:
    stack.must("./clean.sh", "--keep-data")
    assert "archives of Java classes" not in stack.must("./build_setup.sh", "--native", "--no-start")
    [broker] = stack.processes("kafka.Kafka")
    assert str(installation(stack).class_data(class_data.KAFKA)) in {mapped.path for mapped in broker.memory_maps()}
