from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from stack.common import steps
from stack.common.ports import is_alive
from stack.common.steps import StepFailed, fail, last_line, run, step, tail, wait_until
from weather.errors import StackError


def python(code: str) -> list[str]:
    return [sys.executable, "-S", "-c", code]


def test_a_step_is_told_when_it_begins_and_with_its_time_when_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with step("do it"):
        assert capsys.readouterr().out == "… do it\n"
    assert capsys.readouterr().out == "✓ do it (0.0 s)\n"


def test_a_step_that_fails_is_not_told_as_done(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(StackError), step("do it"):
        raise StackError("no")
    assert "✓" not in capsys.readouterr().out


def test_what_a_command_says_goes_to_the_log_behind_what_was_there(tmp_path: Path) -> None:
    log = tmp_path / "logs" / "setup.log"
    run("first", python("import sys; print('out'); print('err', file=sys.stderr)"), log)
    run("second", python("print('later')"), log)
    words = log.read_text().splitlines()
    assert [w for w in words if not w.startswith("---")] in (["out", "err", "later"], ["err", "out", "later"])
    assert [w[:10] for w in words if w.startswith("---")] == ["--- first:", "--- second"]


def test_a_command_gets_its_folder_its_environment_and_no_terminal(tmp_path: Path) -> None:
    log, code = tmp_path / "log", "import os, sys; print(os.getcwd(), os.environ.get('A'), repr(sys.stdin.read()))"
    run("look", python(code), log, env={"A": "b"}, cwd=tmp_path)
    assert last_line(log) == f"{tmp_path} b ''"


def test_a_command_that_fails_shows_the_end_of_its_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with pytest.raises(StepFailed) as failure:
        run("count", python("[print('line', n) for n in range(50)]; raise SystemExit(7)"), log)
    first, *rest = str(failure.value).splitlines()
    assert first == f"count failed (exit status 7); the log {log} ends with:"
    assert rest == [f"    line {number}" for number in range(35, 50)]


def test_a_command_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(StepFailed, match="title: cannot run no-such-program: No such file or directory"):
        run("title", ["no-such-program"], tmp_path / "log")


def test_a_long_command_gives_signs_of_life_with_its_last_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, signs = tmp_path / "gate", []
    os.mkfifo(gate)

    def let_it_end(line: str) -> None:
        signs.append(line)
        if line.endswith("half way") and gate.exists():
            gate.write_text("")
            gate.unlink()  # a second one would wait for ever: the command may need a while to end

    monkeypatch.setattr(steps, "SIGN_OF_LIFE_EVERY", 0.0)
    monkeypatch.setattr(steps, "say", let_it_end)
    run("build", python(f"print('half way', flush=True); open({str(gate)!r}).read()"), tmp_path / "log")
    assert re.fullmatch(r"    build: \d+ s … half way", signs[-1])


def test_an_interrupt_ends_the_command_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pids: list[int] = []

    def interrupt(line: str) -> None:
        if pid := re.search(r"pid (\d+)$", line):
            pids.append(int(pid[1]))
            raise KeyboardInterrupt

    monkeypatch.setattr(steps, "SIGN_OF_LIFE_EVERY", 0.0)
    monkeypatch.setattr(steps, "say", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run(
            "build",
            python("import os, signal; print('pid', os.getpid(), flush=True); signal.pause()"),
            tmp_path / "log",
        )
    assert not is_alive(pids[0])


def test_a_log_that_is_not_there_or_empty_has_no_last_lines(tmp_path: Path) -> None:
    assert (tail(tmp_path / "log"), last_line(tmp_path / "log")) == ("    (no log)", "(no log)")
    (tmp_path / "log").touch()
    assert tail(tmp_path / "log") == "    (empty)"


def test_waiting_ends_as_soon_as_there_is_no_problem() -> None:
    problems = iter(["not yet", ""])
    wait_until("kafka", lambda: next(problems), within=10)
    wait_until("kafka", lambda: "", within=0)


def test_waiting_ends_at_once_where_something_is_broken() -> None:
    asked: list[str] = []

    def problem() -> str:
        asked.append("kafka")
        return "not yet"

    with pytest.raises(StepFailed, match=r"^kafka: the process ended$"):
        wait_until("kafka", problem, 3600, broken=lambda: "the process ended")
    assert len(asked) == 1


def test_what_is_not_there_in_time_is_told_with_what_was_missing_and_the_setting() -> None:
    with pytest.raises(StepFailed, match=r"^kafka: timed out after 0 s \(STACK_START_TIMEOUT\): no answer$"):
        wait_until("kafka", lambda: "no answer", within=0)


def test_a_long_wait_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(steps, "SIGN_OF_LIFE_EVERY", 0.0)
    problems = iter(["no answer", ""])
    wait_until("kafka", lambda: next(problems), within=10)
    assert capsys.readouterr().out == "    kafka: 0 s … no answer\n"


def test_an_error_goes_to_standard_error_with_exit_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(StackError("what went wrong")) == 1
    assert capsys.readouterr() == ("", "\n✗ what went wrong\n")
