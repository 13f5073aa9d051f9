"""Finds everything that would make the set-up fail, before anything is changed, and reports it in one message."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from datastream.sources.described import described_files
from datastream.sources.meteofrance import hourly_file
from datastream.sources.uscrn import five_minute_file
from stack.backups import unpacked
from stack.common import home, ports
from stack.modes import Mode
from weather import settings
from weather.errors import SettingsError, StackError
from weather.settings import forecast, programs, sources

MIN_PYTHON = (3, 11)
FREE_DISK_GB = 3
FREE_MEMORY_GB = 4
DEFAULT_PASSWORDS = {"INFLUXDB_PASS": "adminvaldom", "GRAFANA_PASS": "admin"}


def check(variables: settings.Variables, mode: Mode) -> None:
    """Raise one SettingsError that lists all problems, if there are any."""
    problems = list(dict.fromkeys(all_problems(variables, mode)))
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems)
        raise SettingsError(f"nothing was started, because:\n{lines}")


def all_problems(variables: settings.Variables, mode: Mode) -> Iterator[str]:
    """Yield each problem as a sentence that says what to change."""
    bad_settings = list(setting_problems(variables))
    yield from bad_settings
    if sys.version_info < MIN_PYTHON:
        yield f"Python {sys.version.split()[0]} is too old: 3.11 or newer is needed; set PYTHON to a newer one"
    yield from data_problems(variables)
    yield from room_problems(variables)
    yield from mode.problems()
    if not bad_settings:
        yield from port_problems(variables, mode)


def setting_problems(variables: settings.Variables) -> Iterator[str]:
    """Yield each problem of the settings once: a missing or malformed setting, or settings that conflict."""
    found = [problem for group in programs.ALL for problem in group.problems(variables)]
    for check in (check_jobs, check_ports_differ, check_passwords):
        try:
            check(variables)
        except SettingsError as error:
            found.append(str(error))
    yield from dict.fromkeys(found)


def check_jobs(variables: settings.Variables) -> None:
    """Raise SettingsError if a job needs daily reports and the source has none."""
    if {"stats", "rain"} & set(sources.jobs(variables)):
        forecast.reports_topic(variables)


def check_ports_differ(variables: settings.Variables) -> None:
    """Raise SettingsError if two settings name the same port."""
    seen: dict[str, str] = {}
    for name in sorted(programs.ports()):
        port = variables.optional(name)
        other = seen.setdefault(port, name)
        if other != name:
            raise SettingsError(f"{other} and {name} are both {port}: give each its own port")


def check_passwords(variables: settings.Variables) -> None:
    """Raise SettingsError if HOST can be reached from outside and a password is the well-known default."""
    host = variables.host()
    known = [name for name, default in DEFAULT_PASSWORDS.items() if variables.text(name) == default]
    if known and not settings.is_loopback(host):
        raise SettingsError(
            f"HOST={host} can be reached from outside, but the default password is still set for "
            f"{' and '.join(known)}: set your own, for example with `export {known[0]}=…`, before ./build_setup.sh"
        )


def data_problems(variables: settings.Variables) -> Iterator[str]:
    """Yield a problem if a data file is missing, incomplete or not in the expected format."""
    try:
        hourly_file.check(*sources.MeteoFrance.load(variables).local)
    except StackError as error:
        yield str(error)
    of_source = {"uscrn": _check_five_minute_files, "csv": _check_described_files}
    if check := of_source.get(variables.optional("STREAM_SOURCE")):
        try:
            check(variables)
        except StackError as error:
            yield str(error)


def _check_five_minute_files(variables: settings.Variables) -> None:
    five_minute_file.check(sources.Uscrn.load(variables))


def _check_described_files(variables: settings.Variables) -> None:
    options = sources.DescribedFiles.load(variables)
    described_files.check(options.local, options.description)


def room_problems(variables: settings.Variables) -> Iterator[str]:
    """Yield a problem if the folders cannot be used, or if there is too little disk space or memory."""
    if unpacked.is_interrupted(Path(variables.text("STACK_HOME"))):
        yield "the restore of a backup was interrupted: run ./restore.sh again, or ./clean.sh"
    try:
        home.check_ours(Path(variables.text("STACK_HOME")))
    except (SettingsError, OSError) as error:
        yield str(error)
    for name in ("STACK_HOME", "STACK_CACHE"):
        folder = Path(variables.text(name))
        if any(sign in str(folder) for sign in "\"'%\n,:;#"):
            yield f"{name}={folder}: quotes, line breaks and the characters , : ; # % are not allowed in this path"
        while not os.access(folder, os.F_OK):
            folder = folder.parent
        if not folder.is_dir():
            yield f"{name}: {folder} is not a folder"
            continue
        if not os.access(folder, os.W_OK | os.X_OK):
            if name == "STACK_HOME":
                yield f"{name}={variables.text(name)}: you have no permission to write to {folder}"
            continue  # a complete cache need not be writable, which the mode checks
        free = shutil.disk_usage(folder).free / 2**30
        if free < FREE_DISK_GB:
            yield f"{name}: {free:.1f} GB are free on the disk of {folder}; {FREE_DISK_GB} GB are needed"
    available = _available_memory_gb()
    if available is not None and available < FREE_MEMORY_GB:
        yield f"{available:.1f} GB of memory are available; the stack needs about {FREE_MEMORY_GB} GB"


def port_problems(variables: settings.Variables, mode: Mode) -> Iterator[str]:
    """Yield a problem for each port that another program uses or that cannot be opened."""
    host = variables.host()
    for name in mode.port_settings():
        port = variables.port(name)
        try:
            taken = ports.is_taken(host, port)
        except OSError as error:
            yield f"HOST={host}, {name}={port}: cannot listen there: {error.strerror}"
            if not isinstance(error, PermissionError):
                return
            continue
        if not taken:
            continue
        owner = ports.owner(port)
        if mode.owns(name, owner):
            continue
        who = f"process {owner.pid} ({owner.command[:80]})" if owner.pid else "another program"
        yield f"port {port} is taken by {who}: stop it, or set {name} to another port"


def _available_memory_gb() -> float | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 2**20
    except OSError:
        pass  # unknown: not Linux
    return None
