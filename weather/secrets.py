"""Secrets are stored in files that only their owner can read. They never appear in a log or on a command line."""

from __future__ import annotations

import secrets as random_source
from pathlib import Path

from weather import files
from weather.errors import SetupError


def read_secret(path: Path) -> str:
    """The secret in `path`. Raise SetupError if there is none."""
    try:
        secret = path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise SetupError(f"no secret at {path}: run ./build_setup.sh, which creates it") from None
    if not secret:
        raise SetupError(
            f"the secret file {path} is empty: run ./clean.sh --yes, which deletes all data, and ./build_setup.sh"
        )
    return secret


def write_secret(path: Path, secret: str) -> None:
    """Write `secret` to `path` atomically, with mode 600."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    files.replace(path, f"{secret}\n", mode=files.PRIVATE)


def keep_secret(path: Path, secret: str) -> None:
    """`write_secret`, if the secret is another one: a container keeps the file that it was started with."""
    if not path.exists() or path.read_text(encoding="utf-8").strip() != secret:
        write_secret(path, secret)


def ensure_secret(path: Path) -> str:
    """The secret in `path`; on first use a random one is created."""
    if not path.exists():
        write_secret(path, random_source.token_urlsafe(48))
    return read_secret(path)
