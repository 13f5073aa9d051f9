"""What may be started beside the stack; in Docker mode each is a profile of Compose."""

from __future__ import annotations

from pathlib import Path

from weather import settings, source_settings
from weather.errors import SettingsError
from weather.secrets import ensure_secret, write_secret

PROFILES = {"consumers": ("debug",), "sql": ("database", "weather-generator"), "monitor": ("kafka-ui",)}
"""Profile → its services. They are chosen by STACK_PROFILES, `monitor` by KAFKA_MONITOR too, `sql` by STREAM_SOURCE."""

PORTS = {"SQL_PORT": "database", "KAFKA_MONITOR_PORT": "kafka-ui"}
"""Setting → the service of a profile that publishes its port."""


def chosen(variables: settings.Variables) -> list[str]:
    """The services that the settings ask for; SettingsError for an unknown profile."""
    asked = {name.strip() for name in variables.optional("STACK_PROFILES").split(",")} - {""}
    if unknown := ", ".join(sorted(asked - set(PROFILES))):
        raise SettingsError(f"STACK_PROFILES: no profile is called {unknown}; there are {', '.join(PROFILES)}")
    if variables.flag("KAFKA_MONITOR"):
        asked.add("monitor")
    if source_settings.uses_own_database(variables):
        asked.add("sql")
    return [service for profile, names in PROFILES.items() if profile in asked for service in names]


def keep_sql_password(variables: settings.Variables) -> Path:
    """The file with the password of SQL_USER: SQL_PASS, or one made at random on first use."""
    file = settings.Database.load(variables).password_file
    if given := variables.optional("SQL_PASS"):
        if not file.exists() or file.read_text(encoding="utf-8").strip() != given:
            write_secret(file, given)
    else:
        ensure_secret(file)
    return file


def services() -> set[str]:
    """Every service of a profile."""
    return {service for names in PROFILES.values() for service in names}
