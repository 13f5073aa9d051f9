"""Which process listens on a port of this machine."""

from __future__ import annotations

import socket
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
LISTEN = "0A"


@dataclass(frozen=True)
class Owner:
    """A process, as far as this user may see it: without rights the pid is None."""

    pid: int | None
    command: str


def is_taken(host: str, port: int) -> bool:
    """Whether nobody else can listen on this address now. OSError where the address is not this machine's."""
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
    """Who listens on `port`; only Linux tells, and only of processes that this user may look at."""
    inodes = _listening_inodes(port)
    for process in PROC.glob("[0-9]*"):
        try:
            links = {str(fd.readlink()) for fd in (process / "fd").iterdir()}
        except OSError:
            continue
        if links & inodes:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
            return Owner(int(process.name), command)
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
