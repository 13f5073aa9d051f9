"""Logs are one line of key=value facts per event, on standard error."""

from __future__ import annotations

import json
import logging


def configure(level: int = logging.INFO) -> None:
    """Send every log record to standard error with its time, level and logger. Entry points call it once."""
    logging.basicConfig(
        level=level,
        format="%(asctime)s level=%(levelname)s logger=%(name)s %(message)s",
        datefmt="%Y-%m-%dT%H:%M:%S%z",
    )


def facts(event: str, **values: object) -> str:
    """`event=… key=value …`; a value with a space or a quote is written as a JSON string."""
    return " ".join([f"event={event}"] + [f"{key}={_plain(value)}" for key, value in values.items()])


def _plain(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return json.dumps(text, ensure_ascii=False) if not text or any(c in text for c in ' "=\n') else text
