"""`python -m stack.native.supervision.keeper CONFIGURATION`: runs supervisord, and starts it again if it is killed.

A supervisord that was killed leaves its programs without anybody who restarts them, and a second one could not start
them, because they hold their ports. So these orphans are ended first. Then the programs that were wanted are started.

It also restarts InfluxDB when its disk, which was full, has room again (`Room`).
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from types import FrameType

from stack.common.ports import PROC, is_alive
from stack.native.supervision.room import Room
from stack.native.supervision.rpc import supervisor_at

SOCKET, PID, WANTED = "supervisor.sock", "keeper.pid", "programs"
"""Files in the folder of the configuration; WANTED names the programs that are to run, one per line."""
MARK = b"SUPERVISOR_SERVER_URL=unix://"
"""A variable that supervisord sets for its programs, which hand it on to their own."""
END_TIMEOUT, ANSWER_TIMEOUT = 10.0, 15.0
PAUSE = 1.0
LOOK_EVERY = 5.0
INFLUXDB = "influxdb"


def main(arguments: list[str]) -> int:
    """Run supervisord until it is shut down. Return its exit status."""
    configuration = Path(arguments[0])
    folder = configuration.parent
    (folder / PID).write_text(str(os.getpid()), encoding="ascii")
    command = [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "-c", str(configuration)]
    while True:
        end_orphans(folder / SOCKET)
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

        def hand_on(signal_number: int, frame: FrameType | None, to: subprocess.Popen[bytes] = process) -> None:
            to.send_signal(signal_number)

        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, hand_on)
        start_wanted(folder, process)
        room = Room(folder.parent / "data" / INFLUXDB, partial(restart, folder, INFLUXDB))
        while (status := process.poll()) is None:
            room.look()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=LOOK_EVERY)
        if status >= 0:
            return status
        print(f"supervisord was ended by signal {-status}: starting it again", file=sys.stderr, flush=True)
        time.sleep(PAUSE)


def start_wanted(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Start the wanted programs when supervisord answers. One that is no longer configured is left out."""
    names = wanted(folder)
    rpc = supervisor_at(folder / SOCKET)
    end = time.monotonic() + ANSWER_TIMEOUT
    while names and process.poll() is None and time.monotonic() < end:
        try:
            known = {each["name"]: each["statename"] for each in rpc.getAllProcessInfo()}
        except OSError:  # it does not listen yet
            time.sleep(0.1)
            continue
        for name in names:
            if known.get(name) not in (None, "RUNNING", "STARTING"):
                with contextlib.suppress(Exception):  # supervisord's log says why
                    rpc.startProcess(name, False)
        return


def restart(folder: Path, name: str) -> None:
    """Restart a program that is to run."""
    if name in wanted(folder):
        print(f"{name} is restarted: its disk was full, and has room again", file=sys.stderr, flush=True)
        rpc = supervisor_at(folder / SOCKET)
        with contextlib.suppress(Exception):  # supervisord's log says why
            rpc.stopProcess(name, True)
            rpc.startProcess(name, False)


def wanted(folder: Path) -> list[str]:
    """The programs that are to run."""
    try:
        return (folder / WANTED).read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []


def orphans(socket: Path) -> list[int]:
    """The processes that a supervisord with this socket has started, which no longer runs. Only Linux shows them."""
    mark = MARK + os.fsencode(socket)
    found = []
    for process in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):  # another user's process, or one that has just ended
            if mark in (process / "environ").read_bytes().split(b"\0") and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found


def end_orphans(socket: Path) -> None:
    """End them, by force if they do not end within END_TIMEOUT seconds."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + END_TIMEOUT
        pids = orphans(socket)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
        while any(map(is_alive, pids)) and time.monotonic() < end:
            time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
