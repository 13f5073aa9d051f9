"""A supervised process: its command line and environment."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Component:
    """One supervised process. With `hand_on_signals` only it gets the signals, because it ends its own children."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    hand_on_signals: bool = False
    stop_seconds: int = 20
    once: bool = False
    """The process ends by itself and is not started again."""
