"""Runs long tasks in parallel: reports those that still run, and ends the others if one fails."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from stack.common import steps
from stack.common.steps import say

CHECK_EVERY = 0.2


@dataclass(frozen=True)
class Task:
    """A named action that starts when the tasks in `after` have succeeded."""

    name: str
    action: Callable[[], object]
    after: tuple[str, ...] = ()


def run_all(tasks: Sequence[Task]) -> None:
    """Run all tasks. If one fails, end the commands of the others and raise its error.

    Ctrl-C, SIGTERM and SIGHUP (a closed terminal) also end the commands, and raise KeyboardInterrupt.
    """
    stop, done = threading.Event(), {task.name: threading.Event() for task in tasks}

    def perform(task: Task) -> None:
        steps.stop_commands_at(stop)
        for name in task.after:
            while not done[name].wait(CHECK_EVERY):
                if stop.is_set():
                    return
        if not stop.is_set():
            task.action()
            done[task.name].set()

    with _signals_interrupt(), ThreadPoolExecutor(max(1, len(tasks))) as pool:
        try:
            _watch({pool.submit(perform, task): task.name for task in tasks})
        except BaseException:
            stop.set()
            raise


def _watch(running: dict[Future[None], str]) -> None:
    """Return when all tasks have succeeded. Raise the error of the first one that fails."""
    started = last_sign = time.monotonic()
    while running:
        ended, _ = wait(running, timeout=CHECK_EVERY, return_when=FIRST_COMPLETED)
        now = time.monotonic()
        for future in ended:
            future.result()
            say(f"    done: {running.pop(future)} ({now - started:.0f} s)")
        if running and now - last_sign >= steps.SIGN_OF_LIFE_EVERY:
            last_sign = now
            say(f"    {now - started:.0f} s: still running: {', '.join(running.values())}")


@contextmanager
def _signals_interrupt() -> Iterator[None]:
    """Make SIGTERM and SIGHUP act like Ctrl-C, so that no command keeps running."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
