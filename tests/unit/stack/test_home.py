from __future__ import annotations

from pathlib import Path

import pytest

from stack.common import home
from weather.errors import SettingsError


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A folder of a stack with something in each of its parts."""
    folder = tmp_path / "stack"
    home.mark(folder, "native")
    for part in home.PARTS:
        (folder / part).mkdir(exist_ok=True)
        (folder / part / "file").touch()
    return folder


def test_a_stack_remembers_its_mode(ours: Path, tmp_path: Path) -> None:
    assert home.mode_of(ours) == "native"
    assert home.mode_of(tmp_path / "nowhere") == ""


def test_a_new_an_empty_and_an_own_folder_may_be_used(ours: Path, tmp_path: Path) -> None:
    home.check_ours(ours)
    home.check_ours(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    home.check_ours(tmp_path / "empty")


def test_a_folder_with_somebodys_files_is_neither_used_nor_removed(tmp_path: Path) -> None:
    precious = tmp_path / "data" / "thesis.tex"
    precious.parent.mkdir()
    precious.touch()
    with pytest.raises(SettingsError, match="contains files that do not belong to a stack"):
        home.check_ours(tmp_path)
    with pytest.raises(SettingsError, match="contains files that do not belong to a stack"):
        home.remove(tmp_path)
    assert precious.exists()


def test_removing_a_stack_leaves_nothing(ours: Path) -> None:
    home.remove(ours)
    assert not ours.exists()
    home.remove(ours)


def test_removing_a_stack_leaves_what_somebody_else_put_there(ours: Path) -> None:
    (ours / "notes.txt").touch()
    home.remove(ours)
    assert [path.name for path in ours.iterdir()] == ["notes.txt"]
