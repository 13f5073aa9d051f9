"""A backup is unpacked for an empty stack only, and an interrupted one stops the set-up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stack import preflight
from stack.backups import archive, unpacked
from stack.backups.archive import MANIFEST, Writer
from stack.backups.places import Place
from stack.common import home, kept_settings
from testing.environment import settings_environment
from weather.errors import SettingsError, SetupError
from weather.settings import Variables

FOUND = {"format": 1, "mode": "native", "made": "2026-11-27T12:00:00+00:00", "source": "stations"}


def backup(file: Path, **changes: object) -> Path:
    with Writer(file) as writer:
        writer.add(MANIFEST, json.dumps(FOUND | changes).encode())
        writer.add("settings.sh", b"""[ -n "${STREAM_SOURCE+x}" ] || STREAM_SOURCE=stations\n""")
        writer.add("secrets/sql_password", b"a secret\n")
    return file


def variables(stack: Path) -> Variables:
    return Variables(settings_environment(STACK_HOME=str(stack)))


def test_it_waits_for_the_set_up_with_its_settings_and_secrets(tmp_path: Path) -> None:
    stack = tmp_path / "stack"
    unpacked.unpack(backup(tmp_path / "b.tar"), stack)
    assert unpacked.is_waiting(variables(stack)) and not unpacked.is_interrupted(stack)
    assert home.mode_of(stack) == "native"
    assert kept_settings.kept(stack) == {"STREAM_SOURCE": "stations"}
    assert (stack / "secrets" / "sql_password").read_text() == "a secret\n"


def test_a_folder_with_a_stack_is_refused(tmp_path: Path) -> None:
    home.mark(tmp_path / "stack", "native")
    with pytest.raises(SettingsError, match=r"there is a stack in .*: remove it with \./clean\.sh first"):
        unpacked.unpack(backup(tmp_path / "b.tar"), tmp_path / "stack")


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    backup(tmp_path / "b.tar")
    with pytest.raises(SettingsError, match="files that do not belong to a stack"):
        unpacked.unpack(tmp_path / "b.tar", tmp_path)


def test_another_format_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="has the format 2; this version reads format 1"):
        unpacked.unpack(backup(tmp_path / "b.tar", format=2), tmp_path / "stack")
    assert not (tmp_path / "stack").exists()


def test_no_set_up_starts_after_an_interrupted_one_and_it_can_be_begun_again(tmp_path: Path) -> None:
    stack = tmp_path / "stack"
    (stack / unpacked.UNPACKING).mkdir(parents=True)
    home.mark(stack, "native")
    assert any("was interrupted" in problem for problem in preflight.room_problems(variables(stack)))
    unpacked.unpack(backup(tmp_path / "b.tar"), stack)
    assert unpacked.is_waiting(variables(stack)) and not unpacked.is_interrupted(stack)
    assert not any("was interrupted" in problem for problem in preflight.room_problems(variables(stack)))


def test_a_folder_is_copied_with_modes_and_links(tmp_path: Path) -> None:
    source = tmp_path / "source"
    (source / "inner").mkdir(parents=True)
    (source / "inner" / "file").write_bytes(b"content")
    (source / "inner" / "file").chmod(0o640)
    (source / "link").symlink_to("inner/file")
    with Writer(tmp_path / "b.tar") as writer, Place("part", str(source)).reader() as content:
        writer.add_compressed("part.tar", content)
    archive.unpack(tmp_path / "b.tar", tmp_path / "unpacked")
    target = tmp_path / "target"
    Place("part", str(target)).write(tmp_path / "unpacked" / "part.tar.gz")
    assert (target / "link").read_bytes() == b"content"
    assert (target / "inner" / "file").stat().st_mode == (source / "inner" / "file").stat().st_mode
