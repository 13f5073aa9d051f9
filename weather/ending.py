"""The shutdown signals of long-running programs."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def shutdown_event(*signals: signal.Signals) -> threading.Event:
    """An event that these signals set; by default SIGTERM and SIGINT."""
    shutdown = threading.Event()

    def tell(signal_number: int, frame: FrameType | None) -> None:
        shutdown.set()

    for number in signals or (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    return shutdown
