"""`python -m stack.stream start [--restart | --recreate-topics] | stop | delta SECONDS`: controls the streamer."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from stack.common import environment
from stack.common.health import Addresses
from stack.common.steps import fail, run_main, say
from stack.common.web import request
from weather.errors import StackError, Unavailable

AFTERWARDS = "consumers stop if their files belong to the old topics: move these files out of CONSUMERS_DIR"
PATIENCE = 30.0


def ask(at: Addresses, path: str, form: dict[str, str]) -> Any:
    """POST to the streamer. Raise Unavailable, with how to start it, if it does not answer."""
    try:
        return request(f"{at.datastream}/{path}", form, timeout=PATIENCE)
    except Unavailable as error:
        raise Unavailable(f"the streamer is unavailable ({error}): start it with ./build_setup.sh") from None


def main(arguments: list[str]) -> int:
    """Send the request and print the streamer's answer. Exit with 2 if the arguments are wrong."""
    command, *rest = arguments or [""]
    options = _parser(command).parse_args(rest)
    try:
        at = Addresses(environment.variables())
        answer = ask(at, options.path, _form(options))
        if options.path == "start_streaming" and options.recreate_topics:
            say(f"recreating {answer['topic']}: {AFTERWARDS}")
        where = f"{answer['file']}, row {answer['position']}"
        say(f"{answer['message']} ({where}, one row every {answer['time_delta']:g} s)")
    except StackError as error:
        return fail(error)
    return 0


def _form(options: argparse.Namespace) -> dict[str, str]:
    if options.path == "time_delta":
        return {"t_delta": options.seconds}
    chosen = ("restart", "recreate_topics") if options.path == "start_streaming" else ()
    return {name: "1" for name in chosen if getattr(options, name)}


def _parser(command: str) -> argparse.ArgumentParser:
    """The parser of a command, with the name of the script that calls it. Raise SystemExit if there is none."""
    start = argparse.ArgumentParser(prog="./start-streaming.sh", description="Start the stream, or resume it.")
    start.set_defaults(path="start_streaming")
    how = start.add_mutually_exclusive_group()
    how.add_argument("--restart", action="store_true", help="start with the first row, in the same topics")
    how.add_argument("--recreate-topics", action="store_true", help="start with the first row, in new topics")
    stop = argparse.ArgumentParser(prog="python -m stack.stream stop", description="Stop the stream.")
    stop.set_defaults(path="stop_streaming")
    delta = argparse.ArgumentParser(
        prog="./modify_streaming_timedelta.sh", description="Change the rate of the stream, live."
    )
    delta.set_defaults(path="time_delta")
    delta.add_argument("seconds", metavar="SECONDS", help="seconds between two rows, such as 0.01; 0 = full speed")
    parsers = {"start": start, "stop": stop, "delta": delta}
    if command not in parsers:
        sys.exit(f"usage: python -m stack.stream {' | '.join(parsers)}")
    return parsers[command]


if __name__ == "__main__":
    run_main(main)
