"""What preflight has to say of changed settings."""

from __future__ import annotations

from pathlib import Path

from stack import preflight
from stack.native.mode import NativeMode
from weather.settings import Variables


def setting_problems(environment: dict[str, str], **changes: str) -> list[str]:
    return list(preflight.setting_problems(Variables(environment | changes)))


def data_problems(environment: dict[str, str], path: Path) -> list[str]:
    return list(preflight.data_problems(Variables(environment | {"METEO_DATA": str(path)})))


def native_problems(environment: dict[str, str], **changes: str) -> list[str]:
    return list(NativeMode(Variables(environment | changes)).problems())
