"""How long to wait before a service is asked again, and when to give up."""

from __future__ import annotations

import random

ATTEMPTS = 12
"""Consecutive failures after which a source gives up: a little more than two minutes."""
FIRST_WAIT = 0.5
MAX_WAIT = 20.0


class Backoff:
    """Counts consecutive failures. Waits double up to MAX_WAIT seconds, with jitter."""

    def __init__(self) -> None:
        self.failures = 0

    def failed(self) -> float | None:
        """Seconds until the next attempt after another failure; None after ATTEMPTS of them."""
        self.failures += 1
        return None if self.failures >= ATTEMPTS else wait_before_attempt(self.failures)

    def worked(self) -> None:
        """The last attempt succeeded."""
        self.failures = 0


def wait_before_attempt(failures: int) -> float:
    """Seconds to wait after this many consecutive failures."""
    return min(MAX_WAIT, FIRST_WAIT * 2.0 ** (failures - 1)) * random.uniform(0.75, 1.25)
