"""The environment variables of each process that the stack starts.

The stack's own programs get a short list of the user's variables, a locale and a time zone, so that they run the same
for every user. They get no proxy, because they connect to this machine only. The tools that install (pip, npm, mvn, go,
cargo, apt) keep the user's proxies, certificates and registries, but no variable that changes what they install.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from weather import java, settings

ROOT = Path(__file__).resolve().parents[2]

PASSED_ON = ("PATH", "HOME", "USER", "LOGNAME", "TMPDIR")
"""The user's variables that the stack's own programs inherit."""

DEFINED = {"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "PYTHONUTF8": "1", "TZ": "UTC"}
"""Variables that have the same value in every process."""

ONLY_IN_CONTAINERS = (
    "DATASTREAM_URL", "DOWNLOADS_DIR", "INFLUXDB_SELF_URL", "INFLUXDB_URL", "KAFKA_BOOTSTRAP_SERVERS", "SECRETS_DIR",
    "SPARK_APP_URL", "SPARK_CLASS_DATA", "SPARK_CONNECTOR_JARS", "SPARK_DRIVER_HOST", "SPARK_MASTER_URL", "WEBHDFS_URL",
)  # fmt: skip
"""Addresses that Compose sets. A user's variable of the same name belongs to another program."""

CHANGES_WHAT_IS_INSTALLED = re.compile(
    r"PYTHON[A-Z]\w*"  # PYTHON and PYTHON_IMAGE are settings
    r"|PIP_(USER|TARGET|PREFIX|ROOT|PYTHON|NO_DEPS|CONSTRAINT|REQUIREMENT|PRE|DRY_RUN)"
    r"|NODE_(ENV|PATH)|NPM_CONFIG_(PRODUCTION|OMIT|ONLY|INCLUDE|GLOBAL|PREFIX|DRY_RUN)"
    r"|GO(OS|ARCH|ROOT|WORK|111MODULE)|CGO_ENABLED"
    r"|CARGO_(BUILD_TARGET|BUILD_TARGET_DIR|TARGET_DIR)"
    r"|CLASSPATH",
    re.IGNORECASE,
)

_SETTING = re.compile(r'^: "\$\{(\w+):=', re.MULTILINE)


def variables() -> settings.Variables:
    """The settings of the user who runs a script, without the addresses of containers."""
    given = settings.Variables().all()
    return settings.Variables({name: value for name, value in given.items() if name not in ONLY_IN_CONTAINERS})


def of_process(variables: settings.Variables) -> dict[str, str]:
    """The environment of a program of the stack. If JAVA_HOME holds a Java, it comes first on the PATH."""
    given = variables.all()
    environment = {name: given[name] for name in PASSED_ON if name in given} | DEFINED
    if (java_home := given.get("JAVA_HOME")) and os.access(Path(java_home, "bin", "java"), os.X_OK):
        environment["PATH"] = os.pathsep.join([f"{java_home}/bin", environment.get("PATH", os.defpath)])
        environment["JAVA_HOME"] = java_home
    return environment


def of_python_program(variables: settings.Variables) -> dict[str, str]:
    """The environment of a Python program of this checkout that reads the settings."""
    return of_process(variables) | of_settings(variables) | {"PYTHONPATH": str(ROOT)}


def of_settings(variables: settings.Variables) -> dict[str, str]:
    """Every setting of settings.sh that is set."""
    given = variables.all()
    names = _SETTING.findall((ROOT / "settings.sh").read_text(encoding="utf-8"))
    return {name: given[name] for name in names if name in given}


def of_tool(given: Mapping[str, str]) -> dict[str, str]:
    """The environment of a tool that installs something: the user's, without variables that change the result."""
    kept = {name: value for name, value in given.items() if not CHANGES_WHAT_IS_INSTALLED.fullmatch(name)}
    maven = " ".join([given.get("MAVEN_OPTS", ""), *java.OPTIONS]).strip()
    return kept | DEFINED | {"MAVEN_OPTS": maven}
