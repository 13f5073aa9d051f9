"""The scripts called wrongly, with an environment against them, and where nothing runs."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from testing.environment import ROOT
from tests.unit.stack.shells import SCRIPTS, run, tool


@pytest.mark.parametrize(
    ("command", "status", "words"),
    [
        ("build_setup.sh --bogus", 2, "usage: ./build_setup.sh"),
        ("build_setup.sh --docker --native", 2, "usage: ./build_setup.sh"),
        ("clean.sh --bogus", 2, "usage: ./clean.sh"),
        ("start-streaming.sh bogus", 2, "usage: ./start-streaming.sh"),
        ("modify_streaming_timedelta.sh", 2, "arguments are required: SECONDS"),
        ("modify_streaming_timedelta.sh 1 2", 2, "usage: ./modify_streaming_timedelta.sh"),
        ("run_benchmarks.sh bogus", 2, "no benchmark is called 'bogus'"),
    ],
)
def test_a_script_that_is_called_wrongly_says_how_to_call_it_and_does_nothing(
    clean: dict[str, str], tmp_path: Path, command: str, status: int, words: str
) -> None:
    name, *arguments = command.split()
    refused = run([f"{ROOT}/{name}", *arguments], clean, tmp_path, status=status)
    assert words in refused.stderr and "Traceback" not in refused.stderr
    assert not Path(clean["STACK_HOME"]).exists()


def test_the_benchmarks_are_listed_with_what_they_measure(clean: dict[str, str], tmp_path: Path) -> None:
    listed = run([f"{ROOT}/run_benchmarks.sh"], clean, tmp_path).stdout.splitlines()
    names = [file.stem for file in sorted((ROOT / "benchmarks").glob("[a-z]*.py"))]
    for part in ("connector", "live"):
        names += [f"{part}.{file.stem}" for file in sorted((ROOT / "benchmarks" / part).glob("[a-z]*.py"))]
    assert len(names) > 10 and len(listed) == len(names)
    assert [line for name, line in zip(names, listed, strict=True) if f"`./run_benchmarks.sh {name}" not in line] == []


@pytest.fixture
def hostile(clean: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment that changes how Python and the shell work, as some users' do."""
    modules = tmp_path / "modules"
    modules.mkdir()
    for name in ("kafka", "json", "stack", "sitecustomize"):
        (modules / f"{name}.py").write_text("raise SystemExit('a module of the user')\n", encoding="ascii")
    return clean | {
        "PYTHONPATH": str(modules), "PYTHONHOME": "/nonexistent", "PYTHONSAFEPATH": "1", "PYTHONIOENCODING": "ascii",
        "LC_ALL": "POSIX", "LANG": "tr_TR.UTF-8", "POSIXLY_CORRECT": "1", "BASH_FUNC_cd%%": "() { echo elsewhere; }",
    }  # fmt: skip


@pytest.mark.parametrize("script", [name for name in SCRIPTS if name != "modify_streaming_timedelta.sh"])
def test_a_script_runs_whatever_the_user_has_set_for_python_and_the_shell(
    hostile: dict[str, str], tmp_path: Path, script: str
) -> None:
    arguments = ["bogus"] if script == "start-streaming.sh" else ["--help"]
    told = run([f"{ROOT}/{script}", *arguments], hostile, tmp_path, status=None)
    assert "usage: " in told.stdout + told.stderr
    assert "Traceback" not in told.stderr


def test_a_script_called_by_a_relative_path_is_not_looked_for_in_cdpath(clean: dict[str, str], tmp_path: Path) -> None:
    other, here = tmp_path / "other" / ROOT.name, tmp_path / "here"
    other.mkdir(parents=True)
    here.mkdir()
    (here / ROOT.name).symlink_to(ROOT)
    said = run(["bash", f"{ROOT.name}/build_setup.sh", "--help"], clean | {"CDPATH": str(other.parent)}, here).stdout
    assert said.startswith("usage: ./build_setup.sh")


def test_signs_beyond_ascii_are_printed_in_any_locale(hostile: dict[str, str], tmp_path: Path) -> None:
    refused = run([f"{ROOT}/status.sh"], hostile | {"KAFKA_PORT": "http"}, tmp_path, status=1)
    assert "✗ KAFKA_PORT='http'" in refused.stderr


def test_the_status_of_a_stack_that_does_not_run_is_a_table_and_exit_status_1(
    clean: dict[str, str], tmp_path: Path
) -> None:
    modes = Path(clean["STACK_HOME"]) / "run"
    modes.mkdir(parents=True)
    (modes / "mode").write_text("native")
    told = run([f"{ROOT}/status.sh"], clean, tmp_path, status=1)
    assert told.stdout.startswith(f"mode: native, STACK_HOME={clean['STACK_HOME']}\n")
    assert re.search(r"^kafka +stopped +127\.0\.0\.1:\d+ +not running$", told.stdout, flags=re.MULTILINE)


def test_a_reader_that_has_seen_enough_is_no_error(clean: dict[str, str], tmp_path: Path) -> None:
    told = run(["bash", "-c", f"{ROOT}/status.sh | head -1"], clean, tmp_path)
    assert told.stdout.startswith("mode: ") and told.stderr == ""


def test_a_clean_that_is_not_confirmed_changes_nothing(clean: dict[str, str], tmp_path: Path) -> None:
    kept = Path(clean["STACK_HOME"]) / "data" / "precious"
    kept.parent.mkdir(parents=True)
    kept.touch()
    asked = run([f"{ROOT}/clean.sh"], clean, tmp_path, status=1)
    assert asked.stdout.endswith("nothing was changed\n")
    assert kept.exists()


@pytest.mark.parametrize("script", SCRIPTS)
def test_every_script_can_be_run_and_is_short(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    assert len((ROOT / script).read_text().splitlines()) < 100


def test_shellcheck_has_no_complaint() -> None:
    hidden = ("node_modules", "artifacts")
    scripts = [
        path
        for path in ROOT.rglob("*.sh")
        if not any(part.startswith(".") or part in hidden for part in path.relative_to(ROOT).parts)
    ]
    assert {ROOT / name for name in (*SCRIPTS, "settings.sh")} <= set(scripts)
    run([tool("shellcheck"), "-x", *map(str, sorted(scripts))], dict(os.environ), ROOT)
