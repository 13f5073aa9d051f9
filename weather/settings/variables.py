"""The settings, read from the environment that settings.sh fills. No other module reads the environment.

Each component loads only the groups that it needs, so a container needs only the variables of its groups.
Only settings.sh has defaults: a missing variable is an error.
"""

from __future__ import annotations

import ipaddress
import math
import os
import re
from collections.abc import Mapping
from pathlib import Path

from weather.errors import SettingsError

EVERYWHERE = "0.0.0.0"


class Variables:
    """Typed access to environment variables. Each problem is a SettingsError that names the variable."""

    def __init__(self, environ: Mapping[str, str] | None = None) -> None:
        self._environ = os.environ if environ is None else environ

    def text(self, name: str, default: str | None = None) -> str:
        value = self._environ.get(name, "") or default
        if value is None:
            raise SettingsError(f"{name} is not set: start through the scripts, or `source settings.sh` first")
        return value

    def optional(self, name: str) -> str:
        return self._environ.get(name, "")

    def integer(self, name: str, low: int, high: int) -> int:
        text = self.text(name)
        try:
            value = int(text)
        except ValueError:
            raise SettingsError(f"{name}={text!r} is not a whole number") from None
        if not low <= value <= high:
            raise SettingsError(f"{name}={value} is not between {low} and {high}")
        return value

    def port(self, name: str) -> int:
        return self.integer(name, 1, 65535)

    def flag(self, name: str) -> bool:
        text = self.text(name)
        if text not in ("0", "1"):
            raise SettingsError(f"{name}={text!r} is neither 0 nor 1")
        return text == "1"

    def seconds(self, name: str) -> float:
        try:
            return seconds(self.text(name))
        except ValueError as error:
            raise SettingsError(f"{name}: {error}") from None

    def memory(self, name: str) -> str:
        """A size such as 512m, in the format of Java and Docker."""
        text = self.text(name)
        try:
            bytes_of(text)
        except ValueError as error:
            raise SettingsError(f"{name}={error}") from None
        return text

    def secrets(self) -> Path:
        """The folder of the secret files: SECRETS_DIR (in containers), else the one under STACK_HOME."""
        return Path(self.optional("SECRETS_DIR") or f"{self.text('STACK_HOME')}/secrets")

    def host(self) -> str:
        return self.text("HOST")

    def all(self) -> dict[str, str]:
        """A copy of the whole environment, for child processes."""
        return dict(self._environ)


def client_host(host: str) -> str:
    """The address that a client on this machine uses for a server that listens on `host`."""
    return "127.0.0.1" if host == EVERYWHERE else host


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def bytes_of(size: str) -> int:
    """The bytes of a size such as 512m or 1g. Raise ValueError, with an explanation, for anything else."""
    match = re.fullmatch(r"([1-9]\d*)([kmgt])", size, re.IGNORECASE)
    if not match:
        raise ValueError(f"{size!r} is not a size such as 512m or 1g")
    return int(match[1]) * {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}[match[2].lower()]


def seconds(text: str | float | int | None) -> float:
    """A time delta: a finite number of seconds, zero or more. Raise ValueError, with an explanation, otherwise."""
    if text is None or isinstance(text, bool) or (isinstance(text, str) and not text.strip()):
        raise ValueError("the time delta is missing: give seconds between two rows, such as 0.05")
    try:
        value = float(text)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"the time delta {text!r} is not a number of seconds") from None
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"the time delta {text!r} must be a finite number of seconds, zero or more")
    return value
