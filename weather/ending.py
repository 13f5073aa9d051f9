"""How a program that runs until it is ended learns that it should end."""

from __future__ import annotations

import signal
import threading
from types import FrameType


def shutdown_event(*signals: signal.Signals) -> threading.Event:
    """An event that is set by these signals; by SIGTERM and SIGINT where none is named."""
    told = threading.Event()

    def tell(signal_number: int, frame: FrameType | None) -> None:
        told.set()

    for number in signals or (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, tell)
    return told
