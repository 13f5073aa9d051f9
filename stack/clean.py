"""`python -m stack.clean [--yes] [--keep-data]`: stop everything and remove its data."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path

from stack import modes
from stack.common import environment
from stack.common.alone import alone
from stack.common.health import Addresses
from stack.common.steps import fail, run_main, say, step
from stack.stream import ask
from weather.errors import StackError, Unavailable


def main(arguments: list[str]) -> int:
    """Stop the stack; remove data, topics, checkpoints, secrets and volumes together, as they depend on each other."""
    parser = argparse.ArgumentParser(prog="./clean.sh", description="Stop the stack and remove its data.")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--keep-data", action="store_true", help="only stop; ./build_setup.sh resumes with the data")
    options = parser.parse_args(arguments)
    try:
        variables = environment.variables()
        mode = modes.choose(variables)
        home = variables.text("STACK_HOME")
        question = f"remove all data, topics and secrets of {home}"
        if not options.keep_data and not options.yes and not _confirmed(question):
            say("nothing was changed")
            return 1
        with alone(Path(home)):
            with step(f"stop the stack ({mode.name} mode)"):
                with contextlib.suppress(Unavailable):  # it may be down
                    ask(Addresses(variables), "stop_streaming", {})
                mode.stop()
            if not options.keep_data:
                with step(f"remove {home}"):
                    mode.remove_data()
    except StackError as error:
        return fail(error)
    return 0


def _confirmed(what: str) -> bool:
    try:
        return input(f"Really {what}? Type yes: ").strip() == "yes"
    except EOFError:
        return False


if __name__ == "__main__":
    run_main(main)
