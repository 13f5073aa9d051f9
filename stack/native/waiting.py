"""Waits for components of native mode: until they are healthy, or until it is clear that they do not start."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from stack.common import health
from stack.common.steps import wait_until_of
from stack.native.supervision.supervisor import Supervisor
from weather import settings
from weather.settings.servers import Stack


class Waiting:
    """Raises StepFailed, with the end of the component's log, if a component does not start in time."""

    def __init__(self, variables: settings.Variables, supervisor: Supervisor) -> None:
        self._variables = variables
        self._supervisor = supervisor

    def until_healthy(self, *names: str) -> None:
        """Return when each of these components is healthy."""
        at = health.Addresses(self._variables)
        for name in names:
            process = "spark-worker-1" if name == "spark-workers" else name
            self._wait(name, process, partial((health.CHECKS | health.BESIDE)[name], at))

    def until_running(self, *programs: str) -> None:
        """Return when the supervisor reports each of these programs, which have no health check, as running."""

        def problem(program: str) -> str:
            state = self._supervisor.states().get(program, "missing")
            return "" if state == "RUNNING" else f"it is {state.lower()}"

        for program in programs:
            self._wait(program, program, partial(problem, program))

    def _wait(self, name: str, process: str, problem: Callable[[], str]) -> None:
        within = Stack.load(self._variables).start_timeout
        wait_until_of(self._supervisor.log(process), name, problem, within, lambda: self._failure_of(process))

    def _failure_of(self, process: str) -> str:
        """Why a component does not start, once its process has ended; "" while it runs."""
        state = self._supervisor.states().get(process, "missing")
        return f"the process exits at once ({state})" if state in ("BACKOFF", "FATAL") else ""
