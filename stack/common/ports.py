"""Processes of this machine: which one listens on a port, and whether one is still alive."""

from __future__ import annotations

import contextlib
import os
import socket
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
LISTEN = "0A"


@dataclass(frozen=True)
class Owner:
    """The process that listens on a port. The pid is None if this user may not see it."""

    pid: int | None
    command: str


def is_taken(host: str, port: int) -> bool:
    """Whether another program listens on the port. Raise OSError if this process may not or cannot listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise
        except OSError as error:
            if error.errno in (98, 48):  # EADDRINUSE on Linux, on macOS
                return True
            raise
    return False


def owner(port: int) -> Owner:
    """The process that listens on `port`. Only Linux shows it, and only processes that this user may inspect."""
    inodes = _listening_inodes(port)
    for process in PROC.glob("[0-9]*"):
        try:
            if _open_files(process) & inodes:
                command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                return Owner(int(process.name), command)
        except OSError:
            continue  # another user's process, or one that has just ended
    return Owner(None, "")


def ancestors(pid: int) -> set[int]:
    """The pid and its parents, up to the first process."""
    found = set()
    while pid > 0 and pid not in found:
        found.add(pid)
        try:
            pid = int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            break
    return found


def is_alive(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return not PROC.exists()


def _open_files(process: Path) -> set[str]:
    links = set()
    for descriptor in (process / "fd").iterdir():
        with contextlib.suppress(FileNotFoundError):  # a file may be closed meanwhile
            links.add(str(descriptor.readlink()))
    return links


def _listening_inodes(port: int) -> set[str]:
    inodes = set()
    for table in (PROC / "net" / "tcp", PROC / "net" / "tcp6"):
        try:
            rows = table.read_text().splitlines()[1:]
        except OSError:
            continue
        for row in rows:
            columns = row.split()
            if columns[3] == LISTEN and int(columns[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{columns[9]}]")
    return inodes
