"""Syncs the files of a finished micro-batch to disk, so that a batch that was reported survives a power failure.

Spark itself does not wait for the disk. Between the end of a batch and this, a power failure may tear its files; the
next start then goes back to the batch before (`repair`).
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from weather import files


def sync(checkpoint: Path, batch: int) -> None:
    """Return when offsets, state and commit of a batch, and the entries of their folders, are on disk."""
    written = [checkpoint / "offsets" / str(batch), checkpoint / "commits" / str(batch)]
    written += (checkpoint / "state").glob(f"**/{batch + 1}.*")
    for path in [*written, *sorted({file.parent for file in written})]:
        with contextlib.suppress(FileNotFoundError):  # Spark has removed it meanwhile, as it does with old batches
            files.sync(path)
