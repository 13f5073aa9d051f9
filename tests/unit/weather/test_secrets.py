from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from weather.errors import SetupError
from weather.secrets import ensure_secret, read_secret, write_secret


@pytest.fixture(autouse=True)
def careless_umask() -> Iterator[None]:
    """A user whose files anybody may read."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_can_read_a_secret(tmp_path: Path) -> None:
    path = tmp_path / "secrets" / "token"
    write_secret(path, "abc")
    assert (mode(path), mode(path.parent)) == (0o600, 0o700)


def test_a_file_that_others_could_read_is_closed_when_it_is_written_again(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("old")
    path.chmod(0o644)
    write_secret(path, "new")
    assert (mode(path), read_secret(path)) == (0o600, "new")


@pytest.mark.parametrize("secret", ["abc", "with space", "motdepassé-ключ", "a%b\"c'$d"])
def test_a_secret_is_read_as_it_was_written(tmp_path: Path, secret: str) -> None:
    write_secret(tmp_path / "token", secret)
    assert read_secret(tmp_path / "token") == secret


def test_nothing_is_left_beside_a_secret(tmp_path: Path) -> None:
    write_secret(tmp_path / "token", "abc")
    assert [path.name for path in tmp_path.iterdir()] == ["token"]


def test_a_missing_secret_says_who_makes_it(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=re.escape(f"no secret at {tmp_path / 'token'}: run ./build_setup.sh")):
        read_secret(tmp_path / "token")


def test_an_empty_secret_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("\n")
    with pytest.raises(SetupError, match="is empty"):
        read_secret(tmp_path / "token")


def test_a_secret_is_made_once_and_differs_from_any_other(tmp_path: Path) -> None:
    first, again, other = (ensure_secret(tmp_path / name) for name in ("one", "one", "two"))
    assert first == again != other
    assert len(first) >= 48
