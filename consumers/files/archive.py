"""The archive: Parquet files in a folder of any file system that pyarrow or fsspec supports, chosen by a URI."""

from __future__ import annotations

import pwd
from collections.abc import Iterator
from contextlib import contextmanager
from os import getuid
from pathlib import Path

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSystem, FileType, FSSpecHandler, LocalFileSystem, PyFileSystem

from weather import files
from weather.errors import SettingsError, SetupError, Unavailable

FOLDER = "data"


class Archive:
    """Batches of partitions as files `data/partition-N-batch-M.parquet` under the URI's path."""

    def __init__(self, filesystem: FileSystem, path: str) -> None:
        self._filesystem = filesystem
        self.folder = f"{path.rstrip('/')}/{FOLDER}"

    def path(self, partition: int, batch: int) -> str:
        """The path of a batch's file."""
        return f"{self.folder}/partition-{partition}-batch-{batch}.parquet"

    def write(self, partition: int, batch: int, table: pa.Table) -> None:
        """Put the file of a batch into place, complete or not at all. An existing file is replaced.

        1. write it as `<name>.tmp` and wait until it is stored
        2. remove a file that a killed run left in its place (no checkpoint commits it)
        3. move it into place
        """
        path = self.path(partition, batch)
        with _answering(f"cannot write {path}"):
            self._ensure_folder()
            self._store(f"{path}.tmp", table)
            self._clear(path)
            self._move(f"{path}.tmp", path)

    def holds(self, partition: int, batch: int) -> bool:
        """Whether the archive has a file of this batch."""
        with _answering(f"cannot access {self.folder}"):
            return self._exists(self.path(partition, batch))

    def notes(self, partition: int, batch: int) -> dict[bytes, bytes]:
        """The metadata in the file of a batch. Raise SetupError if the file is missing."""
        with self._stored(partition, batch) as file:
            return dict(pq.read_schema(file).metadata or {})

    def read(self, partition: int, batch: int) -> pa.Table:
        """The rows of a batch. Raise SetupError if its file is missing."""
        with self._stored(partition, batch) as file:
            return pq.read_table(file).replace_schema_metadata(None)

    @contextmanager
    def _stored(self, partition: int, batch: int) -> Iterator[pa.NativeFile]:
        path = self.path(partition, batch)
        with _answering(f"cannot read {path}"):
            if not self.holds(partition, batch):  # `open` reports an unreachable file system as a missing file
                question = "is ARCHIVE_URI the one that it was written with?"
                raise SetupError(f"{path} is missing, although the checkpoint has committed it: {question}")
            try:
                with self._filesystem.open_input_file(path) as file:
                    yield file
            except pa.ArrowInvalid as error:
                raise SetupError(f"{path} is not a Parquet file: {error}") from error

    def _ensure_folder(self) -> None:
        if self._exists(self.folder):
            return
        self._filesystem.create_dir(self.folder, recursive=True)
        if isinstance(self._filesystem, LocalFileSystem):
            files.sync(Path(self.folder).parent)

    def _store(self, path: str, table: pa.Table) -> None:
        with self._filesystem.open_output_stream(path) as file:
            pq.write_table(table, file)
        if isinstance(self._filesystem, LocalFileSystem):
            files.sync(Path(path))

    def _clear(self, path: str) -> None:
        """Remove a file that is in the way. A local move replaces it; HDFS refuses, and WebHDFS hides the refusal."""
        if isinstance(self._filesystem, LocalFileSystem):
            return
        if self._exists(path):
            self._filesystem.delete_file(path)

    def _move(self, source: str, target: str) -> None:
        self._filesystem.move(source, target)
        if isinstance(self._filesystem, LocalFileSystem):
            files.sync(Path(target).parent)
        elif not self._exists(target):
            raise Unavailable(f"{source} could not be moved to {target}")

    def _exists(self, path: str) -> bool:
        return bool(self._filesystem.get_file_info(path).type != FileType.NotFound)


def archive_at(uri: str) -> Archive:
    """The archive in a folder, or at `webhdfs://[user@]host:port/path`, `hdfs://…` or any URI that fsspec supports."""
    scheme, separator, _ = uri.partition("://")
    shown = f"{scheme}://{uri.rpartition('@')[2].removeprefix(f'{scheme}://')}" if separator else uri
    with _answering(f"the archive {shown} cannot be opened"):
        if not separator:
            return Archive(LocalFileSystem(), str(Path(uri).absolute()))
        if scheme in ("file", "hdfs"):
            return Archive(*FileSystem.from_uri(uri))
        options = {"user": pwd.getpwuid(getuid()).pw_name} if scheme == "webhdfs" and "@" not in uri else {}
        try:
            filesystem, path = fsspec.core.url_to_fs(uri, **options)
        except (ValueError, ImportError) as error:
            raise SettingsError(f"the archive {shown}: {error}") from error
        return Archive(PyFileSystem(FSSpecHandler(filesystem)), path)


@contextmanager
def _answering(otherwise: str) -> Iterator[None]:
    """Raise Unavailable for any failure of the file system. fsspec's webhdfs reports a refusal as RuntimeError."""
    try:
        yield
    except (OSError, RuntimeError) as error:
        raise Unavailable(f"{otherwise}: {error}") from error
