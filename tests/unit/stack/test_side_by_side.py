from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from stack.common import side_by_side, steps
from stack.common.ports import is_alive
from stack.common.side_by_side import Task, run_all
from stack.common.steps import StepFailed, run
from stack.native.cache import ensure
from testing.doubles import PATIENCE

WAITS = "import os, sys, signal, pathlib; pathlib.Path(sys.argv[1]).write_text(str(os.getpid())); signal.pause()"


def started(file: Path) -> None:
    """Return when a process has written its id into this file."""
    pause = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if file.exists() and file.read_text():
            return
        pause.wait(0.01)
    raise AssertionError(f"{file} was not written")


def command_that_waits(tmp_path: Path) -> Task:
    """A task whose command runs until it is ended; its id is in the file `pid`."""
    command = [sys.executable, "-S", "-c", WAITS, str(tmp_path / "pid")]
    return Task("build", lambda: run("build", command, tmp_path / "log"))


def fail_when_it_runs(tmp_path: Path) -> None:
    started(tmp_path / "pid")
    raise StepFailed("no network")


def test_tasks_run_at_the_same_time() -> None:
    together = threading.Barrier(3)
    run_all([Task(name, lambda: together.wait(PATIENCE)) for name in "abc"])


def test_a_task_begins_when_those_that_it_names_have_succeeded() -> None:
    done: list[str] = []
    run_all([Task("jars", lambda: done.append("jars"), after=("Maven",)), Task("Maven", lambda: done.append("Maven"))])
    assert done == ["Maven", "jars"]


def test_a_task_that_fails_ends_the_commands_of_the_others_and_its_error_is_raised(tmp_path: Path) -> None:
    begun: list[str] = []
    with pytest.raises(StepFailed, match=r"^no network$"):
        run_all(
            [
                command_that_waits(tmp_path),
                Task("after it", lambda: begun.append("after it"), after=("jars",)),
                Task("jars", lambda: fail_when_it_runs(tmp_path)),
            ]
        )
    assert not is_alive(int((tmp_path / "pid").read_text()))
    assert begun == []


def test_packages_that_are_being_unpacked_are_let_to_the_end(tmp_path: Path) -> None:
    unpack = (
        "import sys, pathlib; pathlib.Path(sys.argv[1]).write_text('1'); open(sys.argv[2]).read(); print('unpacked')"
    )
    gate = tmp_path / "gate"
    os.mkfifo(gate)

    def install() -> None:
        with steps.to_the_end():
            run("apt", [sys.executable, "-S", "-c", unpack, str(tmp_path / "pid"), str(gate)], tmp_path / "log")

    def open_the_gate_after(error: threading.Event) -> None:
        error.wait(PATIENCE)
        gate.write_text("")

    failed = threading.Event()
    opener = threading.Thread(target=open_the_gate_after, args=(failed,))
    opener.start()

    def fail() -> None:
        started(tmp_path / "pid")
        failed.set()
        raise StepFailed("no network")

    with pytest.raises(StepFailed, match=r"^no network$"):
        run_all([Task("apt", install), Task("jars", fail)])
    opener.join(PATIENCE)
    assert steps.last_line(tmp_path / "log") == "unpacked"


@pytest.fixture
def at_a_terminal() -> Iterator[None]:
    """Ctrl-C works, although a shell ignores it for the processes that it starts in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("at_a_terminal")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_ctrl_c_and_the_end_of_the_terminal_end_the_commands(tmp_path: Path, number: signal.Signals) -> None:
    def interrupt() -> None:
        started(tmp_path / "pid")
        os.kill(os.getpid(), number)

    with pytest.raises(KeyboardInterrupt):
        run_all([command_that_waits(tmp_path), Task("ctrl-c", interrupt)])
    assert not is_alive(int((tmp_path / "pid").read_text()))


def test_who_waits_for_another_process_that_fills_the_cache_can_be_ended_too(tmp_path: Path) -> None:
    folder, inside, end = tmp_path / "jars", threading.Event(), threading.Event()

    def make(made: Path) -> None:
        inside.set()
        end.wait(PATIENCE)

    other = threading.Thread(target=ensure, args=(folder, make))
    other.start()
    inside.wait(PATIENCE)

    def fail() -> None:
        raise StepFailed("no network")

    with pytest.raises(StepFailed, match=r"^no network$"):
        run_all([Task("the same", lambda: ensure(folder, make)), Task("jars", fail)])
    assert other.is_alive()
    end.set()
    other.join(PATIENCE)


def test_one_line_says_what_is_still_busy(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    gate = threading.Event()

    def say(line: str) -> None:
        print(line)
        if line.endswith("still running: influxd, jars"):
            gate.set()

    monkeypatch.setattr(steps, "SIGN_OF_LIFE_EVERY", 0.0)
    monkeypatch.setattr(side_by_side, "say", say)
    run_all([Task(name, lambda: gate.wait(PATIENCE)) for name in ("influxd", "jars")])
    assert "    done: influxd (0 s)" in capsys.readouterr().out
