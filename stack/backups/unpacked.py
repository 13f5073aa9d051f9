"""A backup that was checked and unpacked, and waits for the next set-up of an empty stack.

`STACK_HOME/run/restore` then holds its members. The set-up puts them in their places (`finish`) before it starts what
reads them. If that is interrupted, the next set-up begins it again. While the file is unpacked, the folder is called
`restore.tmp`, and no set-up starts.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from stack.backups import archive, places
from stack.backups.buckets import Buckets
from stack.common import home, kept_settings
from stack.common.alone import alone
from stack.common.steps import say, step
from weather import settings
from weather.errors import SettingsError
from weather.secrets import write_secret

WAITING, UNPACKING = Path("run") / "restore", Path("run") / "restore.tmp"


def unpack(file: Path, stack: Path) -> None:
    """Unpack a backup for the next set-up. Raise StackError if it is damaged or unknown, or a stack is here."""
    home.check_ours(stack)
    if home.mode_of(stack) and not is_interrupted(stack):
        raise SettingsError(
            f"there is a stack in {stack}: remove it with ./clean.sh first, or set STACK_HOME to another folder"
        )
    with step(f"check {file}"):
        manifest = archive.check(file)
    say(f"    made {manifest['made']} in {manifest['mode']} mode, source {manifest['source']}")
    with alone(stack), step("unpack it"):
        folder = stack / UNPACKING
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(mode=0o700, parents=True)
        home.mark(stack, manifest["mode"])
        archive.unpack(file, folder)
        (folder / "settings.sh").replace(stack / kept_settings.FILE)
        for secret in (folder / "secrets").glob("*"):
            write_secret(stack / "secrets" / secret.name, secret.read_text(encoding="utf-8").strip())
        folder.replace(stack / WAITING)


def is_interrupted(stack: Path) -> bool:
    """Whether a backup was not unpacked to its end."""
    return (stack / UNPACKING).is_dir()


def is_waiting(variables: settings.Variables) -> bool:
    """Whether an unpacked backup waits for the set-up."""
    return (Path(variables.text("STACK_HOME")) / WAITING).is_dir()


def finish(variables: settings.Variables, mode: str) -> None:
    """Put the parts of an unpacked backup in their places. Only InfluxDB may run, and it must. Raise StackError."""
    folder = Path(variables.text("STACK_HOME")) / WAITING
    Buckets.load(variables).restore(folder)
    for place in places.places(variables, mode):
        part = folder / "places" / f"{place.name}.tar.gz"
        if part.exists():
            place.write(part)
            say(f"    {place.name}: {part.stat().st_size / 1e6:.1f} MB of the backup")
    done = folder.with_name("restored")
    shutil.rmtree(done, ignore_errors=True)
    folder.replace(done)
    shutil.rmtree(done)
