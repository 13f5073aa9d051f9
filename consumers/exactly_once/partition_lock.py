"""The lock on a partition's files: no second program writes them, and their offsets belong to the topic."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from consumers.exactly_once import checkpoint
from consumers.kafka.received import Topic
from weather import files
from weather.errors import SetupError


@contextmanager
def partition_lock(folder: Path, partition: int, topic: Topic) -> Iterator[None]:
    """Hold the lock for this block. Raise SetupError if another program holds it or the files are of another topic."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f".partition-{partition}.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # the system releases the lock of a killed program
        except BlockingIOError:
            raise SetupError(
                f"another program writes partition {partition} in {folder}: stop it or choose another folder with --out"
            ) from None
        _check_topic(folder, partition, topic)
        yield


def _check_topic(folder: Path, partition: int, topic: Topic) -> None:
    """Store which topic the offsets belong to, or compare it: in a recreated topic they mean other messages."""
    kept = checkpoint.partition_file(folder, partition)
    note = folder / f".partition-{partition}.topic.json"
    known = checkpoint.load(note) if kept.exists() else None
    if known is None:
        files.replace(note, checkpoint.render({"topic": topic.name, "id": topic.id}), durable=True)
    elif known != {"topic": topic.name, "id": topic.id}:
        raise SetupError(
            f"{kept} belongs to topic {known.get('topic')} with id {known.get('id')}, not to topic "
            f"{topic.name} with id {topic.id}: the topic was deleted and recreated, or --topic changed. "
            "Choose another folder with --out, or move the files of this partition away to start from the beginning"
        )
