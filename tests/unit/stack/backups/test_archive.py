"""The file of a backup: whole or not there, and every change of it is noticed."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
from pathlib import Path

import pytest

from stack.backups import archive
from stack.backups.archive import MANIFEST, Writer
from weather.errors import SetupError

CONTENT = os.urandom(300_000)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    file = tmp_path / "stack.tar"
    with Writer(file) as writer:
        writer.add(MANIFEST, json.dumps({"format": 1}).encode())
        writer.add_compressed("places/kafka.tar", io.BytesIO(CONTENT))
    return file


def test_it_is_read_with_the_usual_tools_too(backup: Path, tmp_path: Path) -> None:
    commands = f"tar xf {backup} && sha256sum --check SHA256SUMS && gunzip places/kafka.tar.gz"
    subprocess.run(["bash", "-ec", commands], cwd=tmp_path, check=True, capture_output=True)
    assert (tmp_path / "places" / "kafka.tar").read_bytes() == CONTENT


def test_only_its_owner_may_read_it(backup: Path) -> None:
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600


def test_it_unpacks_to_what_was_added(backup: Path, tmp_path: Path) -> None:
    assert archive.check(backup) == {"format": 1}
    archive.unpack(backup, tmp_path / "unpacked")
    found = sorted(file.name for file in (tmp_path / "unpacked").rglob("*") if file.is_file())
    assert found == ["SHA256SUMS", "kafka.tar.gz", "manifest.json"]


@pytest.mark.parametrize("part", [0.0, 0.3, 0.5, 0.9])
def test_a_file_that_ends_early_is_refused(backup: Path, part: float) -> None:
    whole = backup.read_bytes()
    backup.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(SetupError, match=r"is not a whole backup|is damaged"):
        archive.check(backup)


@pytest.mark.parametrize("at", [3_000, 150_000, 300_000])
def test_a_changed_byte_is_noticed(backup: Path, at: int) -> None:
    changed = bytearray(backup.read_bytes())
    changed[at] ^= 1
    backup.write_bytes(changed)
    with pytest.raises(SetupError, match=r"kafka\.tar\.gz do not have their checksums"):
        archive.check(backup)


def test_another_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "other").write_text("no tar")
    with pytest.raises(SetupError, match="is not a whole backup"):
        archive.check(tmp_path / "other")
    with pytest.raises(SetupError, match="No such file"):
        archive.check(tmp_path / "missing")


def test_of_a_backup_that_fails_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="disk"), Writer(tmp_path / "stack.tar") as writer:
        writer.add(MANIFEST, b'{"format": 1}')
        raise OSError("disk full")
    assert not list(tmp_path.iterdir())
