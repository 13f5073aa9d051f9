"""`python -m stack.backup FILE [--with-secrets]`: writes a backup of the running stack.

Everything that writes stops meanwhile, so that all parts belong to the same moment: a checkpoint to the records in
Kafka that it points to, the position of the streamer to both, the store to what was read. Nothing is lost, because
each program goes on at its position.
"""

from __future__ import annotations

import argparse
import contextlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from stack import modes, up
from stack.backups import places
from stack.backups.archive import FORMAT, MANIFEST, Writer
from stack.backups.buckets import Buckets
from stack.common import environment, kept_settings, profiles
from stack.common.alone import alone
from stack.common.health import Addresses
from stack.common.steps import fail, run_main, say, step
from stack.common.web import request
from stack.modes import Mode
from stack.stream import ask
from weather import settings
from weather.errors import SettingsError, StackError, Unavailable

SECRETS = ("influxdb_admin_token", "sql_password")
"""The tokens for reading and writing are not among them: they belong to the ids of the buckets, which change."""

SERVERS = ("kafka", "database", "datanode", "namenode")


def main(arguments: list[str]) -> int:
    """Return 1, with the reason, if there is no backup afterwards. The stack runs again in any case."""
    parser = argparse.ArgumentParser(prog="./backup.sh", description="Write a backup of the stack to one file.")
    parser.add_argument("file", metavar="FILE", help="the file to write, a tar")
    parser.add_argument("--with-secrets", action="store_true", help="include passwords and the operator token")
    options = parser.parse_args(arguments)
    try:
        variables = environment.variables()
        mode = modes.choose(variables)
        file = Path(variables.optional("SUBMITTED_FROM") or ".", options.file)
        _check(file, mode)
        with (
            alone(Path(variables.text("STACK_HOME"))),
            _nothing_writes(variables, mode),
            step(f"write {file}"),
            Writer(file) as writer,
        ):
            write(writer, variables, mode, options.with_secrets)
        say(f"    {file.stat().st_size / 1e6:.1f} MB; ./restore.sh {options.file} restores it onto an empty stack")
    except StackError as error:
        return fail(error)
    except OSError as error:
        return fail(StackError(f"the backup cannot be written: {error}"))
    except KeyboardInterrupt:
        return fail(StackError("interrupted: there is no backup. Run ./build_setup.sh if the stack is not complete"))
    return 0


def write(writer: Writer, variables: settings.Variables, mode: Mode, with_secrets: bool) -> None:
    """Add every part of the stack. Nothing else may write to it meanwhile."""
    home, buckets = Path(variables.text("STACK_HOME")), Buckets.load(variables)
    found = [place for place in places.places(variables, mode.name) if place.exists()]
    manifest = {
        "format": FORMAT,
        "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "mode": mode.name,
        "source": variables.text("STREAM_SOURCE"),
        "influxdb": buckets.version(),
        "kafka": variables.text("KAFKA_VERSION") if mode.name == "native" else variables.text("KAFKA_IMAGE"),
        "places": [place.name for place in found],
        "secrets": with_secrets,
    }
    writer.add(MANIFEST, json.dumps(manifest, indent=1).encode())
    writer.add("settings.sh", _settings(home, with_secrets).encode())
    if with_secrets:
        for secret in (home / "secrets" / name for name in SECRETS):
            if secret.exists():
                writer.add(f"secrets/{secret.name}", secret.read_bytes())
    buckets.back_up(writer)
    for place in found:
        with place.reader() as content:
            writer.add_compressed(f"places/{place.name}.tar", content)


def _check(file: Path, mode: Mode) -> None:
    if file.exists():
        raise SettingsError(f"{file} exists: choose another name")
    if not file.parent.is_dir():
        raise SettingsError(f"{file.parent} is not a folder")
    if not mode.is_up():
        raise StackError("the stack is not running: start it with ./build_setup.sh, or ./build_setup.sh --no-start")


def _settings(home: Path, with_secrets: bool) -> str:
    """The settings that the last set-up kept, one line each; passwords only if they are wanted."""
    file = home / kept_settings.FILE
    lines = file.read_text(encoding="utf-8").splitlines(keepends=True) if file.exists() else []
    return "".join(line for line in lines if with_secrets or "_PASS=" not in line)


@contextmanager
def _nothing_writes(variables: settings.Variables, mode: Mode) -> Iterator[None]:
    """Stop what writes, and what it writes to except InfluxDB. Afterwards start again what ran before."""
    at = Addresses(variables)
    application = mode.states().get("spark-app") in ("RUNNING", "STARTING")
    streaming = _is_streaming(at)
    try:
        with step("stop what writes; dashboards still work"):
            if streaming:
                with contextlib.suppress(Unavailable):
                    ask(at, "stop_streaming", {})
            mode.stop_components(*profiles.WRITERS)
            mode.stop_components(*SERVERS)
        yield
    finally:
        up.start(variables, mode, application=application, streaming=streaming)


def _is_streaming(at: Addresses) -> bool:
    try:
        return bool(request(f"{at.datastream}/status")["state"] == "running")
    except StackError:
        return False


if __name__ == "__main__":
    run_main(main)
