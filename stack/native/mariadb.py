"""MariaDB of source sql: found on the machine, with a data folder of this stack's own, its database and its user.

The user and its password are set by a file that the server reads at each start, so that a changed password takes
effect and none stands on a command line. root is known to the operating system's user only, by the socket.
"""

from __future__ import annotations

import os
import pwd
import shutil
from pathlib import Path

from stack.common import environment
from stack.common.steps import StepFailed, run
from weather import settings
from weather.secrets import read_secret, write_secret

PACKAGES = ("mariadb-server-core", "mariadb-client-core")
"""Debian's packages of the programs alone: mariadb-server would start a server of its own, on the usual port."""

SERVERS = ("mariadbd", "mysqld")
INSTALLERS = ("mariadb-install-db", "mysql_install_db")
HELPERS = ("my_print_defaults",)
"""What the installer calls; Debian has it among the client's programs."""

FOLDERS_OF_ROOT = ("/usr/sbin", "/usr/local/sbin")
"""Debian puts the server where the PATH of most users does not look."""


def find(names: tuple[str, ...] = SERVERS) -> Path | None:
    """The first of these programs that this machine has."""
    path = os.pathsep.join([*os.get_exec_path(), *FOLDERS_OF_ROOT])
    return next((Path(found) for name in names if (found := shutil.which(name, path=path))), None)


def is_installed() -> bool:
    """Whether this machine has all that a server needs."""
    return all(find(names) for names in (SERVERS, INSTALLERS, HELPERS))


def program(names: tuple[str, ...]) -> Path:
    """The same; StepFailed where there is none."""
    if (found := find(names)) is None:
        packages = " ".join(PACKAGES)
        raise StepFailed(f"{names[0]} is missing: install MariaDB (Debian: {packages}), or set SQL_HOST to a database")
    return found


def prepare(variables: settings.Variables, home: Path) -> Path:
    """Make the data folder on first use, and the file that the server reads at its start; the path of that file."""
    data = home / "data" / "mariadb"
    if not (data / "mysql").is_dir():
        data.mkdir(parents=True, exist_ok=True)
        options = [f"--datadir={data}", f"--user={_user()}", "--skip-test-db"]
        options += ["--auth-root-authentication-method=socket", f"--auth-root-socket-user={_user()}"]
        command = [str(program(INSTALLERS)), "--no-defaults", *options]
        run("MariaDB's data folder", command, home / "logs" / "setup.log", environment.of_process(variables))
    database = settings.Database.load(variables)
    at_start = database.password_file.with_name("sql_at_start.sql")
    write_secret(at_start, statements(database, read_secret(database.password_file)))
    return at_start


def _user() -> str:
    """The name of the user that this process really is, whatever the environment says."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise StepFailed(f"MariaDB needs a user with a name, but user id {os.geteuid()} has none") from None


def statements(database: settings.Database, password: str) -> str:
    """SQL that makes the database and its user, or sets the user's password, one statement a line."""
    user = f"`{database.user}`@`%`"
    quoted = password.replace("\\", "\\\\").replace("'", "\\'")
    lines = [
        f"CREATE DATABASE IF NOT EXISTS `{database.name}`",
        f"CREATE USER IF NOT EXISTS {user}",
        f"ALTER USER {user} IDENTIFIED BY '{quoted}'",
        f"GRANT ALL ON `{database.name}`.* TO {user}",
    ]
    return ";\n".join([*lines, ""]).strip()


def command(variables: settings.Variables, home: Path, at_start: Path) -> list[str]:
    """The server's command line."""
    options = {
        "datadir": home / "data" / "mariadb",
        "socket": home / "run" / "mariadb.sock",
        "pid-file": home / "run" / "mariadb.pid",
        "bind-address": variables.host(),
        "port": variables.port("SQL_PORT"),
        "user": _user(),
        "init-file": at_start,
        "innodb-buffer-pool-size": "64M",
        "innodb-log-file-size": "16M",
    }
    arguments = [f"--{name}={value}" for name, value in options.items()]
    return [str(program(SERVERS)), "--no-defaults", "--skip-name-resolve", *arguments]
