"""A cache that belongs to somebody else: whoever may only read it is given what is complete in it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stack import preflight
from stack.common.steps import StepFailed
from stack.native import cache
from stack.native.install import Installation
from stack.native.mode import NativeMode
from weather.settings import Variables

NOBODY = 65534


def without_rights(function: Callable[[], list[str]]) -> list[str]:
    """What the function returns in a process that is not root's; StepFailed as its only line."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
            try:
                lines = function()
            except StepFailed as error:
                lines = [f"StepFailed: {error}"]
            os.write(writing, "\0".join(lines).encode())
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return text.split("\0") if text else []


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that everybody may look into and only its owner may write."""
    folder = Path(tempfile.mkdtemp(prefix="cache-"))
    folder.chmod(0o555)
    yield folder
    folder.chmod(0o755)
    shutil.rmtree(folder)


@pytest.fixture
def variables(environment: dict[str, str], place: Path) -> Variables:
    """Settings of a stack whose cache is there, and whose influxd is on this machine."""
    return Variables(environment | {"STACK_CACHE": str(place), "INFLUXD": "/bin/true", "STACK_HOME": "/tmp/home"})


def complete(place: Path, *parts: str) -> None:
    place.chmod(0o755)
    for part in parts:
        (place / part).mkdir()
        (place / part / cache.COMPLETE).touch()
    place.chmod(0o555)


def of_cache(problems: list[str]) -> list[str]:
    return [problem for problem in problems if "STACK_CACHE" in problem]


def test_a_complete_cache_is_enough(variables: Variables, place: Path, tmp_path: Path) -> None:
    installation = Installation(variables, tmp_path / "log")
    complete(place, *installation.missing())
    before = sorted(place.iterdir())
    assert of_cache(without_rights(lambda: list(preflight.room_problems(variables)))) == []
    assert of_cache(without_rights(lambda: list(NativeMode(variables).problems()))) == []
    assert without_rights(lambda: [str(installation.kafka_jars()), str(installation.python())])[0].startswith(
        f"{place}/"
    )
    assert sorted(place.iterdir()) == before


def test_of_an_incomplete_one_the_missing_parts_are_named_with_what_to_do(
    variables: Variables, place: Path, tmp_path: Path
) -> None:
    python, kafka, connector = Installation(variables, tmp_path / "log").missing()
    complete(place, python, connector)
    (problem,) = of_cache(without_rights(lambda: list(NativeMode(variables).problems())))
    assert problem.startswith(f"STACK_CACHE={place} lacks {kafka}, and you have no permission to write there: ")
    assert "set STACK_CACHE to a folder of your own" in problem
    (refused,) = without_rights(lambda: [str(cache.ensure(place / kafka, lambda made: None))])
    assert refused.startswith(f"StepFailed: STACK_CACHE={place} lacks {kafka}")


def test_a_cache_that_one_may_not_even_enter_is_told_in_the_same_words(variables: Variables, place: Path) -> None:
    place.chmod(0o000)
    inside = Variables(variables.all() | {"STACK_CACHE": str(place / "inside")})
    (problem,) = of_cache(without_rights(lambda: list(NativeMode(inside).problems())))
    assert problem.startswith(f"STACK_CACHE={place}/inside lacks venv-native-")
    assert of_cache(without_rights(lambda: list(preflight.room_problems(inside)))) == []
