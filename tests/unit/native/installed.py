"""Programs that a test says are installed."""

from __future__ import annotations

from pathlib import Path


class InstalledBefore:
    """An Installation in which everything is there already."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "venv" / "lib" / "python3.11").mkdir(parents=True)

    def python(self) -> Path:
        return self._folder / "venv" / "bin" / "python"

    def kafka_jars(self) -> Path:
        return self._folder / "kafka jars"

    def connector_jars(self) -> Path:
        return self._folder / "connector"

    def class_data(self, name: str) -> Path:
        return self._folder / "class data" / name

    def influxd(self) -> Path:
        return self._folder / "influxd"

    def grafana(self) -> Path | None:
        return self._folder / "grafana"


def program_that_says(folder: Path, name: str, words: str) -> None:
    """A program that answers any question about its version with these words, on both streams."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\necho '{words}'\necho '{words}' >&2\n")
    (folder / name).chmod(0o755)
