"""`python -m stack.dead_letters list | show | export FILE | replay | drop`: runs the tool with the stack's packages.

The files among the arguments are read and written here, because in Docker mode the tool runs in a container. One
`replay` or `drop` runs at a time.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from stack import modes
from stack.common import environment
from stack.common.alone import alone
from stack.common.steps import end_with_reader, fail, run_main
from weather import settings
from weather.errors import SettingsError, StackError

MODULE = "consumers.dead_letters"
CORRECT = "--correct"
CHANGING = ("replay", "drop")


def main(arguments: list[str]) -> int:
    """Run the tool. Return its exit status."""
    try:
        variables = environment.variables()
        mode = modes.choose(variables)
        base = Path(variables.optional("SUBMITTED_FROM") or ".")
        words, target = _file_of_export(_with_correction(arguments, base), base)
        if not {"-h", "--help"} & set(words) and not mode.is_up():
            raise StackError("Kafka is not running: start the stack with ./build_setup.sh")
        command, its_environment = mode.tool_command(MODULE, words)
        with _alone(variables, words), _opened(target) as output:
            status = subprocess.run(command, env=its_environment, stdout=output, check=False).returncode
    except StackError as error:
        return fail(error)
    return status


def _with_correction(arguments: list[str], base: Path) -> list[str]:
    """The arguments with the content of the correction's file in place of its name."""
    words: list[str] = []
    for argument in arguments:
        option, equals, value = argument.partition("=")
        if option == CORRECT and equals:
            words += [CORRECT, _content(base / value)]
        else:
            words.append(_content(base / argument) if words[-1:] == [CORRECT] else argument)
    return words


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"the correction cannot be read: {error}") from error


def _file_of_export(words: list[str], base: Path) -> tuple[list[str], Path | None]:
    """`export FILE …` without the file, and the file; `-` and no file are the standard output."""
    if words[:1] == ["export"] and len(words) > 1 and (words[1] == "-" or not words[1].startswith("-")):
        return ["export", *words[2:]], None if words[1] == "-" else base / words[1]
    return words, None


@contextlib.contextmanager
def _opened(target: Path | None) -> Iterator[int | None]:
    """The file to write to, which exists only when it is complete."""
    if target is None:
        yield None
        return
    partial = target.with_name(f"{target.name}.tmp")
    try:
        with partial.open("wb") as file:
            yield file.fileno()
        partial.replace(target)
    except OSError as error:
        raise SettingsError(f"{target} cannot be written: {error}") from error


def _alone(variables: settings.Variables, words: list[str]) -> AbstractContextManager[None]:
    """Raise StackError if another command that changes something runs. The lock is not that of the whole stack."""
    if not set(CHANGING) & set(words[:1]):
        return contextlib.nullcontext()
    return alone(Path(variables.text("STACK_HOME")) / "run", "another ./dead-letters.sh replay or drop is running")


if __name__ == "__main__":
    end_with_reader()
    run_main(main)
