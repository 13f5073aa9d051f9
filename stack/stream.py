"""`python -m stack.stream start [--restart | --recreate-topics] | stop | delta SECONDS`: controls the streamer."""

from __future__ import annotations

import sys
from typing import Any

from stack.common import environment
from stack.common.health import Addresses
from stack.common.steps import fail, say
from stack.common.web import request
from weather.errors import SettingsError, StackError, Unavailable

USAGE = "usage: python -m stack.stream start [--restart | --recreate-topics] | stop | delta SECONDS"
AFTERWARDS = "consumers stop if their files belong to the old topics: move these files out of CONSUMERS_DIR"
PATIENCE = 30.0


def ask(at: Addresses, path: str, form: dict[str, str]) -> Any:
    """POST to the streamer. Raise Unavailable, with how to start it, if it does not answer."""
    try:
        return request(f"{at.datastream}/{path}", form, timeout=PATIENCE)
    except Unavailable as error:
        raise Unavailable(f"the streamer is unavailable ({error}): start it with ./build_setup.sh") from None


def main(arguments: list[str]) -> int:
    """Send the request and print the streamer's answer."""
    try:
        at = Addresses(environment.variables())
        match arguments:
            case ["start"]:
                answer = ask(at, "start_streaming", {})
            case ["start", "--restart"]:
                answer = ask(at, "start_streaming", {"restart": "1"})
            case ["start", "--recreate-topics"]:
                answer = ask(at, "start_streaming", {"recreate_topics": "1"})
                say(f"recreating {answer['topic']}: {AFTERWARDS}")
            case ["stop"]:
                answer = ask(at, "stop_streaming", {})
            case ["delta", seconds]:
                answer = ask(at, "time_delta", {"t_delta": seconds})
            case ["delta"]:
                raise SettingsError("give the seconds between two rows, such as ./modify_streaming_timedelta.sh 0.01")
            case _:
                raise SettingsError(USAGE)
        where = f"{answer['file']}, row {answer['position']}"
        say(f"{answer['message']} ({where}, one row every {answer['time_delta']:g} s)")
    except StackError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
