"""`python -m stack.submit [--console] [JOB …]`: start the Spark application; or `train …`, `models`, `use NAME`,
`reset CHECKPOINT`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from stack import modes, trained
from stack.common import environment
from stack.common.alone import alone
from stack.common.health import Addresses, spark_app
from stack.common.steps import end_with_reader, fail, run_main, say, step
from stack.common.web import request
from weather import settings
from weather.errors import SettingsError, StackError
from weather.settings import sources

TRAIN, RESET = "train", "reset"
BATCH_MODULES = {TRAIN: "spark_app.rain.training.train", RESET: "spark_app.checkpoints.reset"}
"""Batch program → its module, which runs in its own process."""
FOLDERS = ("--dataset", "--models")
"""Options of a batch program that name folders of this machine."""


def main(arguments: list[str]) -> int:
    """Return 0 once the application runs or waits for the stream to start, or the exit status of the subcommand."""
    try:
        match arguments:
            case ["train", *options]:
                return run_batch(TRAIN, options)
            case ["models", *options]:
                return trained.show(options, environment.variables())
            case ["use", *options]:
                return trained.use(options, environment.variables())
            case ["reset", name] if not name.startswith("-"):
                return reset(environment.variables(), name)
            case ["reset", *_]:
                raise SettingsError("usage: ./submit.sh reset CHECKPOINT; ./status.sh names it")
        submit(with_jobs(environment.variables(), _parser().parse_args(arguments)))
    except StackError as error:
        return fail(error)
    return 0


def with_jobs(variables: settings.Variables, options: argparse.Namespace) -> settings.Variables:
    """The settings with the requested jobs. Raise SettingsError with the list of jobs if one is unknown."""
    asked = {"SPARK_JOBS": ",".join(options.jobs)} if options.jobs else {}
    console = {"SPARK_CONSOLE": "1"} if options.console else {}
    if unknown := ", ".join(sorted(set(options.jobs) - set(sources.JOBS))):
        known = ", ".join((*sources.JOBS, *BATCH_MODULES, "models", "use"))
        raise SettingsError(f"no job is called {unknown}; there are {known}")
    return settings.Variables(variables.all() | asked | console)


def submit(variables: settings.Variables) -> None:
    """Start the application, or restart it if it runs with other jobs."""
    mode = modes.choose(variables)
    if not mode.is_up():
        raise StackError("the servers are not running: start them with ./build_setup.sh --no-start")
    jobs = sources.jobs(variables)
    if not jobs:
        raise SettingsError(f"STREAM_SOURCE={variables.text('STREAM_SOURCE')} has no Spark job")
    with alone(Path(variables.text("STACK_HOME"))), step(f"submit the Spark application ({', '.join(jobs)})"):
        mode.submit()
    at = Addresses(variables)
    if request(f"{at.datastream}/status")["state"] != "running" and spark_app(at):
        say("    the application waits until its topic exists: ./start-streaming.sh creates it")
        return
    with step("wait until the application runs"):
        mode.wait_for_application()
    say(f"    application: {at.spark_app_ui}    log: {mode.log_of('spark-app')}")


def reset(variables: settings.Variables, name: str) -> int:
    """Let a query begin at the start of its topic. The application is stopped meanwhile. Return the exit status."""
    mode = modes.choose(variables)
    if not mode.is_up():
        raise StackError("the servers are not running: start them with ./build_setup.sh --no-start")
    with alone(Path(variables.text("STACK_HOME"))):
        with step("stop the Spark application"):
            mode.stop_components("spark-app")
        status = run_batch(RESET, [name])
        with step("start it again"):
            mode.submit()
    return status


def run_batch(name: str, arguments: list[str]) -> int:
    """Run a batch program with this stack's packages and settings in this terminal. Return its exit status."""
    variables = environment.variables()
    words, folders = with_whole_paths(arguments, Path(variables.optional("SUBMITTED_FROM") or "."))
    command, its_environment = modes.choose(variables).batch_command(BATCH_MODULES[name], words, folders)
    return subprocess.run(command, env=its_environment, check=False).returncode


def with_whole_paths(arguments: list[str], base: Path) -> tuple[list[str], list[Path]]:
    """The arguments with the folders in them made absolute, relative to `base`, and these folders."""
    words: list[str] = []
    folders: list[Path] = []
    for word in (part for argument in arguments for part in _apart(argument)):
        if words and words[-1] in FOLDERS:
            folders.append((base / word).resolve())
            words.append(str(folders[-1]))
        else:
            words.append(word)
    return words, folders


def _apart(argument: str) -> list[str]:
    """Split `--models=DIR` into two words."""
    option, _, value = argument.partition("=")
    return [option, value] if option in FOLDERS and value else [argument]


def _parser() -> argparse.ArgumentParser:
    known = ", ".join(sources.JOBS)
    parser = argparse.ArgumentParser(
        prog="./submit.sh",
        description=f"Start the Spark application with the jobs of the source, or with those that you name: {known}.",
        epilog="./submit.sh train [--help] trains the models that predict the next day. ./submit.sh models lists the "
        "trained models. ./submit.sh use NAME puts a model into use. ./submit.sh reset CHECKPOINT lets a query begin "
        "at the start of its topic, if its checkpoint cannot be repaired.",
    )
    parser.add_argument(
        "jobs", metavar="JOB", nargs="*", help=f"{known} (default: SPARK_JOBS, else the jobs of the source)"
    )
    parser.add_argument(
        "--console",
        action="store_true",
        help="also print statistics and predictions as tables in the application's log",
    )
    return parser


if __name__ == "__main__":
    if sys.argv[1:2] == ["models"]:
        end_with_reader()
    run_main(main)
