from __future__ import annotations

import logging
from pathlib import Path

import pytest

from datastream.replay import position
from datastream.replay.landmarks import Landmark
from datastream.replay.position import Position, load, save

MARKS = (Landmark(4, 17, {"meteo": {0: 9, 3: 8}}), Landmark(3, 12, {"meteo": {0: 9}}))
HERE = Position("abc", offset=17, running=True, time_delta=0.01, initial_time_delta=0.05, landmarks=MARKS)


def test_a_kept_position_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "data" / "position.json"
    save(file, HERE)
    assert load(file) == HERE


def test_the_last_one_kept_counts_and_nothing_else_is_left(tmp_path: Path) -> None:
    save(tmp_path / "position.json", Position("abc", 1, True, 0.0, 0.0))
    save(tmp_path / "position.json", HERE)
    assert load(tmp_path / "position.json") == HERE
    assert [file.name for file in tmp_path.iterdir()] == ["position.json"]


def test_what_an_interrupted_writer_left_behind_is_not_read(tmp_path: Path) -> None:
    save(tmp_path / "position.json", HERE)
    (tmp_path / "position.json.tmp").write_text('{"rows": 9')
    assert load(tmp_path / "position.json") == HERE


def test_where_none_was_kept_there_is_none(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert load(tmp_path / "position.json") is None
    assert [record for record in caplog.records if record.name == position.__name__] == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"7",
        b'{"rows": 1}',
        b'{"other": 1}',
        b"\xff",
        b'{"landmarks": 1}',
        b'{"landmarks": [{}]}',
    ],
)
def test_one_that_cannot_be_read_is_none_and_said_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    file = tmp_path / "position.json"
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert load(file) is None
    assert "event=position_unreadable" in caplog.text


def test_one_that_version_0_1_wrote_is_taken_up(tmp_path: Path) -> None:
    file = tmp_path / "position.json"
    file.write_text('{"fingerprint": "a", "rows": 17, "running": true, "time_delta": 0.1, "initial_time_delta": 0.05}')
    assert load(file) == Position("a", 17, True, 0.1, 0.05)
