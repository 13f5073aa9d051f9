"""Options of the stack's Java command lines. There they override the user's environment."""

from __future__ import annotations

from pathlib import Path

OPTIONS = ("-Duser.language=en", "-Duser.country=US", "-Duser.timezone=UTC", "-Dfile.encoding=UTF-8")
"""Kafka does not start in a Turkish or an Arabic locale: it compares words in capital letters and formats numbers
with the digits of the locale."""

SMALL = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xms64m")
"""For JVMs that do little: no threads for garbage collection, only the first of the two compilers, and a heap that
grows as needed (Java begins with a 64th of the machine's memory)."""


def class_data(archive: Path) -> list[str]:
    """Options that load classes from a class-data-sharing archive. Java ignores an archive that is missing or unfit.

    The archive is mapped at the address for which it was written. By default some versions of Java choose another
    address at random and correct each pointer, which takes time, and memory because no page is shared then.
    """
    at_its_address = ["-XX:+UnlockDiagnosticVMOptions", "-XX:ArchiveRelocationMode=0"]
    return [*at_its_address, f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off"]


def line(options: list[str]) -> str:
    """Options as one text, for the settings of Spark that hold several."""
    return " ".join(f"'{option}'" if " " in option else option for option in options)
