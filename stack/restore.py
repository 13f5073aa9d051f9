"""`python -m stack.restore FILE`: checks a backup and unpacks it for an empty stack; the set-up then restores it."""

from __future__ import annotations

import argparse
from pathlib import Path

from stack.backups import unpacked
from stack.common import environment
from stack.common.steps import fail, run_main
from weather.errors import StackError


def main(arguments: list[str]) -> int:
    """Return 1, with the reason, if the file is damaged or the stack is not empty; nothing is changed then."""
    parser = argparse.ArgumentParser(
        prog="./restore.sh", description="Restore a backup onto an empty stack, and start it."
    )
    parser.add_argument("file", metavar="FILE", help="what ./backup.sh wrote")
    parser.add_argument("--no-start", action="store_true", help="start only the servers, as ./build_setup.sh does")
    options = parser.parse_args(arguments)
    try:
        variables = environment.variables()
        file = Path(variables.optional("SUBMITTED_FROM") or ".", options.file)
        unpacked.unpack(file, Path(variables.text("STACK_HOME")))
    except StackError as error:
        return fail(error)
    except OSError as error:
        return fail(StackError(f"the backup cannot be unpacked: {error}"))
    return 0


if __name__ == "__main__":
    run_main(main)
