"""MariaDB for the source sql: the machine's own server with a data folder, a database and a user of this stack.

The server reads a file that sets the user and the password at each start, so that a changed password takes effect and
none is on a command line. Only the operating system's user may log in as root, through the socket.
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
"""The Debian packages with the programs only: mariadb-server would start its own server on the default port."""

SERVERS = ("mariadbd", "mysqld")
INSTALLERS = ("mariadb-install-db", "mysql_install_db")
HELPERS = ("my_print_defaults",)
"""Programs that the installer calls; Debian packages them with the client."""

FOLDERS_OF_ROOT = ("/usr/sbin", "/usr/local/sbin")
"""Debian installs the server in a folder that is not on the PATH of most users."""


def find(names: tuple[str, ...] = SERVERS) -> Path | None:
    """The path of the first of these programs that is installed, or None."""
    path = os.pathsep.join([*os.get_exec_path(), *FOLDERS_OF_ROOT])
    return next((Path(found) for name in names if (found := shutil.which(name, path=path))), None)


def is_installed() -> bool:
    """Whether this machine has all programs that a server needs."""
    return all(find(names) for names in (SERVERS, INSTALLERS, HELPERS))


def program(names: tuple[str, ...]) -> Path:
    """The path of the first of these programs that is installed. Raise StepFailed if there is none."""
    if (found := find(names)) is None:
        packages = " ".join(PACKAGES)
        raise StepFailed(f"{names[0]} is missing: install MariaDB (Debian: {packages}), or set SQL_HOST to a database")
    return found


def prepare(variables: settings.Variables, home: Path) -> Path:
    """Create the data folder on first use, and the file that the server reads at its start. Return that file."""
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
    """The name of the user who runs this process, whatever the environment says."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise StepFailed(f"MariaDB needs a user with a name, but user id {os.geteuid()} has none") from None


def statements(database: settings.Database, password: str) -> str:
    """SQL that creates the database and its user if needed and sets the user's password, one statement per line."""
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
