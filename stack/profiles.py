"""What may be started beside the stack in Docker mode, each as a profile of Compose."""

from __future__ import annotations

from weather import settings
from weather.errors import SettingsError

PROFILES = {"consumers": ("debug",), "sql": ("database", "weather-generator"), "monitor": ("kafka-ui",)}
"""Profile → its services. They are chosen by STACK_PROFILES, `monitor` by KAFKA_MONITOR too."""

PORTS = {"SQL_PORT": "database", "KAFKA_MONITOR_PORT": "kafka-ui"}
"""Setting → the service of a profile that publishes its port."""


def chosen(variables: settings.Variables) -> list[str]:
    """The services that the settings ask for; SettingsError for an unknown profile."""
    asked = {name.strip() for name in variables.optional("STACK_PROFILES").split(",")} - {""}
    if unknown := ", ".join(sorted(asked - set(PROFILES))):
        raise SettingsError(f"STACK_PROFILES: no profile is called {unknown}; there are {', '.join(PROFILES)}")
    if variables.flag("KAFKA_MONITOR"):
        asked.add("monitor")
    return [service for profile, names in PROFILES.items() if profile in asked for service in names]


def services() -> set[str]:
    """Every service of a profile."""
    return {service for names in PROFILES.values() for service in names}
