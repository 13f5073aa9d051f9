"""The settings that the user's environment set at set-up, kept for the other scripts and for the next set-up.

`STACK_HOME/run/settings.sh` holds one assignment for each setting that differs from its default. settings.sh reads it
before it assigns the defaults. A variable of the environment wins over both, even if it is empty. Only its owner can
read the file, because it may hold passwords.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

from stack.common import environment
from stack.common.steps import StepFailed
from weather import settings
from weather.secrets import write_secret

FILE = Path("run") / "settings.sh"
BESIDE = ("COMPOSE_PROJECT_NAME",)
"""Variables that are kept too: settings.sh does not list them, but they identify this stack."""
_ASSIGNMENT = re.compile(r"""\|\| (\w+)=((?:'[^']*'|"'"|[\w@%+=:,./-])*)$""", re.MULTILINE)
"""One line of the file, with the value quoted by `shlex.quote`."""


def kept(home: Path) -> dict[str, str]:
    """The settings that the last set-up of this STACK_HOME kept."""
    try:
        text = (home / FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    return {name: shlex.split(value)[0] for name, value in _ASSIGNMENT.findall(text)}


def keep(variables: settings.Variables) -> None:
    """Write the settings that differ from the defaults, replacing those kept before."""
    lines = [f'[ -n "${{{name}+x}}" ] || {name}={shlex.quote(value)}\n' for name, value in chosen(variables).items()]
    write_secret(Path(variables.text("STACK_HOME")) / FILE, "".join(lines))


def taken(variables: settings.Variables) -> dict[str, str]:
    """The kept settings that are in effect, with passwords masked."""
    given = variables.all()
    now = {n: value for n, value in kept(Path(variables.text("STACK_HOME"))).items() if given.get(n) == value}
    return {name: "***" if name.endswith("_PASS") else value for name, value in now.items()}


def chosen(variables: settings.Variables) -> dict[str, str]:
    """The settings that differ from the defaults of settings.sh."""
    given = environment.of_settings(variables)
    usual = defaults(variables)
    found = {name: value for name, value in given.items() if value != usual.get(name)}
    return found | {name: value for name in BESIDE if (value := variables.optional(name))}


def defaults(variables: settings.Variables) -> dict[str, str]:
    """The settings of a user who sets nothing but STACK_HOME."""
    given = variables.all()
    user = {name: value for name, value in given.items() if name in ("PATH", "HOME", "XDG_CACHE_HOME", "STACK_HOME")}
    script = environment.ROOT / "settings.sh"
    try:
        done = subprocess.run(
            ["bash", "-c", '. "$0" && env -0', str(script)], env=user | {"STACK_DEFAULTS": "1"}, cwd=environment.ROOT,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    except (OSError, subprocess.CalledProcessError) as error:
        raise StepFailed(f"bash cannot read {script}: {error}") from None
    return dict(pair.split("=", 1) for pair in done.stdout.split("\0") if "=" in pair)
