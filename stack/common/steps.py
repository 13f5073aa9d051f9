"""Prints one line per step with its duration, and runs long commands with visible progress."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

from stack.common import environment
from weather import settings
from weather.errors import StackError

SIGN_OF_LIFE_EVERY = 10.0
LAST_LINES = 15
END_TIMEOUT = 10.0


class StepFailed(StackError):
    """A step failed; the message says what failed, why, and where to look."""


@contextmanager
def step(title: str) -> Iterator[None]:
    """Print `title` at the start, and again with the seconds it took if the block succeeds."""
    started = time.monotonic()
    say(f"… {title}")
    yield
    say(f"✓ {title} ({time.monotonic() - started:.1f} s)")


def end_with_reader() -> None:
    """End without a word when the reader of the output, such as `head`, has ended: for commands that only print."""
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)


def say(line: str) -> None:
    """Print a line for the user at once, without buffering."""
    print(line, flush=True)


class Stopped(StackError):
    """A command was ended because a task that ran in parallel failed."""


_beside = threading.local()


def stop_commands_at(stop: threading.Event | None) -> None:
    """End this thread's commands when `stop` is set, and print no progress of theirs; None undoes both."""
    _beside.stop = stop


@contextmanager
def to_the_end() -> Iterator[None]:
    """Let this thread's commands finish even if a parallel task fails, because they must not be left half done."""
    stop: threading.Event | None = getattr(_beside, "stop", None)
    stop_commands_at(None)
    try:
        yield
    finally:
        stop_commands_at(stop)


def pause(seconds: float) -> None:
    """Wait for `seconds`. Raise Stopped if this thread's commands are to end."""
    stop: threading.Event | None = getattr(_beside, "stop", None)
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped("stopped while it waited for another process")


def run(
    title: str, command: Sequence[str], log: Path, env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> None:
    """Run a command with its output in `log` and print progress every 10 s. Raise StepFailed with its end on failure.

    Without `env` it gets the environment of a tool that installs something, with the user's proxies.
    """
    env = environment.of_tool(settings.Variables().all()) if env is None else env
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as output:
        output.write(f"--- {title}: {' '.join(command)}\n")
        output.flush()
        try:
            process = subprocess.Popen(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env=env,
                cwd=cwd,
                process_group=0,  # so that compilers and downloads that it starts end with it
            )
        except OSError as error:
            raise StepFailed(f"{title}: cannot run {command[0]}: {error.strerror}") from None
        try:
            _wait(process, title, log)
        except BaseException:
            _end(process)
            raise
    if process.returncode != 0:
        raise StepFailed(f"{title} failed (exit status {process.returncode}); the log {log} ends with:\n{tail(log)}")


def _wait(process: subprocess.Popen[bytes], title: str, log: Path) -> None:
    """Return when the process has ended. Raise Stopped if this thread's commands are to end."""
    started = last_sign = time.monotonic()
    stop: threading.Event | None = getattr(_beside, "stop", None)
    while process.poll() is None:
        try:
            process.wait(timeout=0.2 if stop else 1)
            return
        except subprocess.TimeoutExpired:
            pass
        if stop is not None:
            if stop.is_set():
                raise Stopped(f"{title} was stopped")
        elif time.monotonic() - last_sign >= SIGN_OF_LIFE_EVERY:
            last_sign = time.monotonic()
            say(f"    {title}: {last_sign - started:.0f} s … {last_line(log)[:90]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Terminate a command and the processes that it started; kill those that do not end."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=END_TIMEOUT)


def tail(log: Path, lines: int = LAST_LINES) -> str:
    """The last lines of a log, indented."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return "    (no log)"
    return "\n".join(f"    {line}" for line in text[-lines:]) or "    (empty)"


def last_line(log: Path) -> str:
    lines = tail(log, 1).strip().splitlines()
    return lines[-1] if lines else ""


def wait_until_of(
    log: Path, title: str, problem: Callable[[], str], within: float, broken: Callable[[], str] = lambda: ""
) -> None:
    """`wait_until` for a program with a log: the error shows its last lines."""
    try:
        wait_until(title, problem, within, broken)
    except StepFailed as error:
        raise StepFailed(f"{error}\nits log {log} ends with:\n{tail(log)}") from None


def wait_until(title: str, problem: Callable[[], str], within: float, broken: Callable[[], str] = lambda: "") -> None:
    """Return when `problem()` is empty. Raise StepFailed after `within` seconds, or if `broken()` returns a reason."""
    started = last_sign = time.monotonic()
    while still := problem():
        now = time.monotonic()
        if why := broken():
            raise StepFailed(f"{title}: {why}")
        if now - started > within:
            raise StepFailed(f"{title}: timed out after {within:.0f} s (STACK_START_TIMEOUT): {still}")
        if now - last_sign >= SIGN_OF_LIFE_EVERY:
            last_sign = now
            say(f"    {title}: {now - started:.0f} s … {still[:100]}")
        time.sleep(0.25)


def run_main(main: Callable[[list[str]], int]) -> NoReturn:
    """End the process with the exit status of a command; with 130 and a sentence after Ctrl-C."""
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        print("\n✗ interrupted: run the command again to complete it", file=sys.stderr, flush=True)
        sys.exit(130)


def fail(error: Exception) -> int:
    """Print an error for the user and return the exit status 1."""
    print(f"\n✗ {error}", file=sys.stderr, flush=True)
    return 1
