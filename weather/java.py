"""Options of the stack's Java command lines. There they override the user's environment."""

from __future__ import annotations

from pathlib import Path

OPTIONS = ("-Duser.language=en", "-Duser.country=US", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8")
"""Kafka does not start in a Turkish or an Arabic locale: it compares words in capital letters and formats numbers
with the digits of the locale."""

SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
"""For JVMs that do little: no threads for garbage collection, and only the first of the two compilers."""


def class_data(archive: Path) -> list[str]:
    """Options that load classes from a class-data-sharing archive. Java ignores an archive that is missing or unfit."""
    return [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off"]


def line(options: list[str]) -> str:
    """Options as one text, for the settings of Spark that hold several."""
    return " ".join(f"'{option}'" if " " in option else option for option in options)
