"""`python -m stack.up [--docker | --native] [--no-start] [--defaults]`: the steps of build_setup.sh."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from stack import modes, preflight, status
from stack.backups import unpacked
from stack.common import environment, kept_settings
from stack.common.alone import alone
from stack.common.health import Addresses
from stack.common.steps import fail, say, step, wait_until
from stack.common.web import flux, request
from stack.modes import Mode
from stack.stream import ask
from weather import settings
from weather.errors import StackError
from weather.settings import sources
from weather.settings.servers import Stack


def main(arguments: list[str]) -> int:
    """Start everything. Return 0 when the first points are in InfluxDB (or, with --no-start, when the servers run).

    For a source that does not feed InfluxDB, return when its first rows are in Kafka.
    """
    options = _parser().parse_args(arguments)
    try:
        variables = environment.variables()
        with step("check this machine and the settings"):
            mode = modes.choose(variables, "docker" if options.docker else "native" if options.native else "")
            preflight.check(variables, mode)
        say(f"    mode: {mode.name}, STACK_HOME={variables.text('STACK_HOME')}")
        with alone(Path(variables.text("STACK_HOME"))):
            set_up(variables, mode, starts=not options.no_start)
    except StackError as error:
        return fail(error)
    except KeyboardInterrupt:
        return fail(
            StackError("interrupted: run ./build_setup.sh again to complete the set-up, or ./clean.sh to undo it")
        )
    return 0


def set_up(variables: settings.Variables, mode: Mode, starts: bool) -> None:
    """The steps after the check."""
    modes.remember(variables, mode)
    if taken := kept_settings.taken(variables):
        words = " ".join(f"{name}={value}" for name, value in taken.items())
        say(f"    settings of the last set-up: {words}")
        say("    (a variable of your environment wins; ./build_setup.sh --defaults forgets them)")
    kept_settings.keep(variables)
    with step("install what is missing"):
        mode.install()
    if unpacked.is_waiting(variables):
        with step("restore the backup"):
            mode.start_store()
            unpacked.finish(variables, mode.name)
    start(variables, mode, application=starts, streaming=starts)
    if starts:
        if sources.feeds_the_store(variables):
            with step("wait for the first points in InfluxDB"):
                wait_for_points(variables)
        else:
            with step("wait for the first rows in Kafka"):
                wait_for_rows(variables)
    say("")
    status.show(variables, mode)
    say(status.next_steps(variables, mode, started=starts))
    mode.prepare_next_start()


def start(variables: settings.Variables, mode: Mode, application: bool, streaming: bool) -> None:
    """Start the servers; the Spark application and the stream if they are wanted. Return when all is healthy."""
    application = application and bool(sources.jobs(variables))
    with step("start Kafka, InfluxDB and Spark, and wait until they are healthy"):
        mode.start_servers(application=application)
    with step("set up InfluxDB; start the streamer and the dashboards"):
        mode.provision()
    if application or streaming:
        with step("submit the Spark application, start the stream" if application else "start the stream"):
            if application:
                mode.submit()
            if streaming:
                start_stream(Addresses(variables))
            if application and streaming:
                mode.wait_for_application()


def start_stream(at: Addresses) -> None:
    """Start or resume the stream; a finished one is left alone."""
    if request(f"{at.datastream}/status")["state"] == "finished":
        say("    the stream has reached the end of its data; ./start-streaming.sh --restart streams it again")
    else:
        ask(at, "start_streaming", {})


def wait_for_points(variables: settings.Variables) -> None:
    """Return when the bucket of the readings holds a point of the first measurement of the source."""
    influxdb, measurement = settings.InfluxDB.load(variables), sources.first_measurement(variables)
    query = (
        f'from(bucket: "{influxdb.bucket}") |> range(start: 0) '
        f'|> filter(fn: (r) => r._measurement == "{measurement}") |> first() |> limit(n: 1)'
    )
    wait_until(
        "first points",
        lambda: "" if flux(influxdb, query) else "none yet",
        Stack.load(variables).start_timeout,
    )


def wait_for_rows(variables: settings.Variables) -> None:
    """Return when Kafka has confirmed a row, now or in an earlier run. Raise StepFailed if the stream fails."""
    at = Addresses(variables)

    def status() -> dict[str, Any]:
        return dict(request(f"{at.datastream}/status"))

    def problem() -> str:
        now = status()
        begun = now["rows_sent"] or now["position"] or now["state"] == "finished"
        return "" if begun else now["problem"] or "none yet"

    wait_until(
        "first rows",
        problem,
        Stack.load(variables).start_timeout,
        lambda: now["problem"] if (now := status())["state"] == "failed" else "",
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="./build_setup.sh",
        description="Start the whole stack. You may run it again at any time: healthy components keep running.",
        epilog="Settings are variables of your environment (docs/settings.md); they are kept for the next set-up.",
    )
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--docker", action="store_true", help="use Docker Compose (default if it is available)")
    which.add_argument("--native", action="store_true", help="use local processes (default otherwise)")
    parser.add_argument("--defaults", action="store_true", help="forget the settings of the last set-up")
    parser.add_argument(
        "--no-start", action="store_true", help="start only the servers: submit no application, start no stream"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
