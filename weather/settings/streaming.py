"""The settings of the streamer, and of its downloads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from weather.settings import declare
from weather.settings.declare import Group
from weather.settings.variables import Variables

DEFAULT_TIME_DELTA = 0.05
"""Seconds between two rows of a replay, unless STREAMING_TIME_DELTA is set."""


def _time_delta(variables: Variables) -> float | None:
    return variables.seconds("STREAMING_TIME_DELTA") if variables.optional("STREAMING_TIME_DELTA") else None


@dataclass(frozen=True)
class Streamer(Group):
    """Where the streamer listens, its initial time delta, and whether it starts again at the end of its data."""

    host: str = declare.text("HOST")
    port: int = declare.port("DATASTREAM_FLASK_PORT")
    loop: bool = declare.flag("STREAMING_LOOP")
    positions: Path = declare.under_home("data", "datastream")
    asked_time_delta: float | None = declare.setting(
        ["STREAMING_TIME_DELTA"], _time_delta, "seconds, 0 or more, or empty"
    )

    @property
    def time_delta(self) -> float:
        """The initial time delta of a source that replays its data."""
        return self.time_delta_of(has_addresses=False)

    def time_delta_of(self, has_addresses: bool) -> float:
        """The initial time delta of a source of files: those at addresses are streamed as fast as possible."""
        default = 0.0 if has_addresses else DEFAULT_TIME_DELTA
        return default if self.asked_time_delta is None else self.asked_time_delta

    def position_file(self, source: str) -> Path:
        """The file of a source's position. Each source has its own, so you can switch sources and resume later."""
        return self.positions / f"{source}.json"


@dataclass(frozen=True)
class Downloads(Group):
    """Where copies of downloaded files are kept, how large and slow a download may be, and how servers are reached."""

    folder: Path = declare.setting(
        ["DOWNLOADS_DIR", "STACK_CACHE"],
        lambda variables: Path(variables.optional("DOWNLOADS_DIR") or f"{variables.text('STACK_CACHE')}/downloads"),
        "path",
        ["DOWNLOADS_DIR"],
    )
    max_mb: int = declare.integer("DOWNLOAD_MAX_MB", 1, 100_000)
    max_seconds: float = declare.seconds("DOWNLOAD_MAX_SECONDS")
    proxy: str = declare.optional("DOWNLOAD_PROXY")
    ca_file: str = declare.optional("DOWNLOAD_CA")
