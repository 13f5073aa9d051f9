"""`python -m stack.submit`: start the Spark application, which waits for its topic, and say how it goes."""

from __future__ import annotations

import argparse
import sys

from stack import modes
from stack.health import Addresses, spark_app
from stack.steps import fail, say, step
from stack.web import request
from weather import settings
from weather.errors import StackError


def main(arguments: list[str]) -> int:
    """0 once the application runs, or waits for a stream that has not begun."""
    argparse.ArgumentParser(prog="./submit.sh", description="Start the Spark application.").parse_args(arguments)
    try:
        variables = settings.Variables()
        mode = modes.choose(variables)
        if not mode.is_up():
            raise StackError("the servers are not running: ./build_setup.sh --no-start brings them up")
        with step("submit the Spark application"):
            mode.submit()
        at = Addresses(variables)
        if request(f"{at.datastream}/status")["state"] != "running" and spark_app(at):
            say("    the application waits until its topic exists: ./start-streaming.sh creates it")
            return 0
        with step("wait until it runs"):
            mode.wait_for_application()
        say(f"    application: {at.spark_app_ui}    log: {mode.log_of('spark-app')}")
    except StackError as error:
        return fail(error)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
