"""Repairs a torn checkpoint: goes back to the newest micro-batch whose offsets, commit and state are whole.

What is written again is the same: points are identified by their time, days and hours by station, files by batch. Spark
writes `offsets/N` before batch N, the state versions N+1 with it, and `commits/N` after it. It runs a batch again that
has offsets and no commit, from the state version N.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from spark_app.checkpoints import whole
from weather import files
from weather.errors import SetupError


@dataclass(frozen=True)
class StateStore:
    """A folder of deltas and snapshots. `versions`: those that can be loaded; 0 is the empty state."""

    folder: Path
    versions: frozenset[int]

    @classmethod
    def read(cls, folder: Path, is_whole: Callable[[Path], bool]) -> StateStore:
        """A version is loaded from the newest snapshot up to it, and the deltas after that snapshot."""
        found = [file for kind in ("delta", "snapshot") for file in folder.glob(f"*.{kind}") if file.stem.isdigit()]
        good = {(int(file.stem), file.suffix) for file in found if is_whole(file)}
        versions = {0} | {number for number, kind in good if kind == ".snapshot"}
        for number in sorted(number for number, kind in good if kind == ".delta"):
            if number - 1 in versions:
                versions.add(number)
        return cls(folder, frozenset(versions))


@dataclass
class Checkpoint:
    """The files of one query."""

    folder: Path
    removed: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._whole: dict[Path, bool] = {}
        self.offsets = _numbered(self.folder / "offsets")
        self.commits = _numbered(self.folder / "commits")

    def is_whole(self, file: Path, check: Callable[[Path], bool]) -> bool:
        if file not in self._whole:
            self._whole[file] = check(file)
        return self._whole[file]

    def has_offsets(self, batch: int) -> bool:
        return batch in self.offsets and self.is_whole(self.offsets[batch], whole.offsets)

    def has_commit(self, batch: int) -> bool:
        return batch in self.commits and self.is_whole(self.commits[batch], whole.log_entry)

    def stores(self) -> list[StateStore]:
        """The state stores of each operator and partition."""
        return [StateStore.read(store, self._is_state) for store in _store_folders(self.folder / "state")]

    def _is_state(self, file: Path) -> bool:
        return self.is_whole(file, whole.state)

    def remove(self, file: Path) -> None:
        file.unlink()
        self.removed.append(file)

    def torn(self) -> Iterator[Path]:
        """The torn files that Spark writes again if they are missing, and those of batches and states."""
        kinds: dict[str, Callable[[Path], bool]] = {
            "metadata": whole.query_id,
            "sources/*/*": whole.log_entry,
            "offsets/*": whole.offsets,
            "commits/*": whole.log_entry,
            "state/*/_metadata/metadata": whole.log_entry,
            "state/**/_metadata/schema": whole.schema,
            "state/**/*.delta": whole.state,
            "state/**/*.snapshot": whole.state,
        }
        for pattern, check in kinds.items():
            for file in self.folder.glob(pattern):
                if file.is_file() and not file.name.startswith(".") and not self.is_whole(file, check):
                    yield file


def repair(folder: Path) -> list[Path]:
    """Remove the torn files of a checkpoint, and those of the batches after the newest whole one.

    Return what was removed or renewed, relative to the folder; nothing if all is whole. Raise SetupError, with the
    command to use, if no batch is whole.
    """
    checkpoint = Checkpoint(folder)
    torn = list(checkpoint.torn())
    stores = checkpoint.stores()
    keep = _newest(checkpoint, stores)
    if keep is None and not _is_first(checkpoint, stores):
        names = ", ".join(str(file.relative_to(folder)) for file in torn) or "offsets and state do not fit together"
        raise SetupError(
            f"no micro-batch in the checkpoint {folder} is whole ({names}): run ./submit.sh reset {folder.name}. The "
            "query then reads its topic from the beginning, and writes the same results again"
        )
    offsets, commits = keep if keep is not None else (-1, -1)
    for number, file in checkpoint.offsets.items():
        if number > offsets:
            checkpoint.remove(file)
    for number, file in checkpoint.commits.items():
        if number > commits:
            checkpoint.remove(file)
    for store in stores:
        for file in sorted(store.folder.iterdir()):
            if file.suffix in (".delta", ".snapshot") and file.stem.isdigit() and int(file.stem) > offsets + 1:
                checkpoint.remove(file)
    if keep is None and (folder / "state").exists():  # Spark begins the first batch with an empty folder only
        checkpoint.removed += (file for file in (folder / "state").rglob("*") if file.is_file())
        shutil.rmtree(folder / "state")
    for file in torn:
        if file.exists():
            checkpoint.remove(file)
    if keep is not None and not (folder / "metadata").exists():
        _identify(folder)
        checkpoint.removed = sorted({*checkpoint.removed, folder / "metadata"})
    return sorted(file.relative_to(folder) for file in checkpoint.removed)


def reset(checkpoints: Path, name: str) -> Path:
    """Move the checkpoint of a query aside, so that it starts at its topic's beginning. Return where it is now.

    Raise SetupError if there is none of this name.
    """
    folder = checkpoints / name
    if not name or not (folder / "offsets").is_dir():
        known = ", ".join(sorted(each.parent.name for each in checkpoints.glob("*/offsets"))) or "none"
        raise SetupError(f"no checkpoint is called {name!r}; there are {known}")
    aside = next(place for number in range(1, 10_000) if not (place := checkpoints / f".{name}.{number}").exists())
    shutil.move(folder, aside)
    return aside


def _newest(checkpoint: Checkpoint, stores: list[StateStore]) -> tuple[int, int] | None:
    """The last offsets and the last commit to keep; None if no batch can be run or was run."""

    def has_state(version: int) -> bool:
        return all(version in store.versions for store in stores)

    for batch in sorted(checkpoint.offsets, reverse=True):
        if not checkpoint.has_offsets(batch) or (batch and not checkpoint.has_offsets(batch - 1)):
            continue
        if checkpoint.has_commit(batch) and has_state(batch + 1):
            return batch, batch
        if has_state(batch):
            return batch, batch - 1
    return None


def _is_first(checkpoint: Checkpoint, stores: list[StateStore]) -> bool:
    """Whether no batch but the first one was begun, so that nothing is lost if the query starts over."""
    begun = {0, *checkpoint.offsets, *checkpoint.commits} | {
        version - 1 for each in stores for version in each.versions
    }
    return max(begun) == 0


def _identify(folder: Path) -> None:
    """Give the query another id, which only names it: Spark starts no query whose checkpoint has offsets and no id."""
    files.replace(folder / "metadata", json.dumps({"id": str(uuid.uuid4())}), durable=True)


def _numbered(folder: Path) -> dict[int, Path]:
    return {int(file.name): file for file in folder.glob("*") if file.name.isdigit()}


def _store_folders(state: Path) -> list[Path]:
    """The folders that hold versions of a state, also if they hold none yet."""
    found = []
    for partition in sorted(state.glob("*/*")):
        if partition.name.isdigit():
            inner = [folder for folder in sorted(partition.iterdir()) if folder.is_dir() and folder.name != "_metadata"]
            found += inner or [partition]
    return found
