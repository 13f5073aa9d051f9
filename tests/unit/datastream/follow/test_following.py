"""A source that follows files: crashes, restarts, servers that are away, and files that are wrong or local."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from datastream.message import Message, Pause
from datastream.sources.follow import comparison
from datastream.sources.follow.source import Followed
from testing.file_server import FileServer, Scripted
from testing.hourly_text import HEADER
from tests.unit.datastream.follow.conftest import HOURS, NAME, OTHER, Follow, day, hourly_file, pause, row, sent, shown
from weather.errors import RejectedRecord, SourceError
from weather.settings.locations import Location


def test_killed_in_the_middle_it_sends_the_rest_and_nothing_that_was_confirmed(
    server: FileServer, follow: Follow
) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(*range(6)))),)))
    follower.take(4)
    follower.committed = 2
    follower.killed()
    assert [hour[-2:] for _, hour, *_ in shown(follower.next_poll())] == ["02", "03", "04", "05"]
    server.put(NAME, hourly_file(*day(*range(8))))
    follower.take(1)
    server.put(NAME, hourly_file(*day(*range(9))))
    follower.killed()
    assert [hour[-2:] for _, hour, *_ in shown(follower.next_poll())] == ["06", "07", "08"]
    follower.killed()
    assert sent(follower.next_poll()) == []


def test_restarted_it_sends_everything_again(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(row(0, RR1="1.0"), row(1))),)))
    follower.next_poll()
    server.put(NAME, hourly_file(row(0, RR1="1.0"), row(1), row(2)))
    follower.next_poll()
    server.put(NAME, hourly_file(*day(0, 1, 2)))
    follower.restarted()
    assert shown(follower.next_poll()) == [
        ("01014002", HOURS[0], 1.5, 1), ("01014002", HOURS[1], 1.5, 0), ("01014002", HOURS[2], 1.5, 0),
    ]  # fmt: skip


def test_a_lost_outbox_is_made_good_by_sending_everything_again(
    server: FileServer, follow: Follow, tmp_path: Path
) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1, 2))),)))
    follower.take(2)
    next((tmp_path / "state").glob("outbox-*")).unlink()
    follower.committed = 1
    follower.killed()
    follower._offset = 0
    assert len(sent(follower.next_poll())) == 3


def test_another_server_or_another_department_keeps_what_was_sent(
    server: FileServer, follow: Follow, tmp_path: Path
) -> None:
    one = Location(addresses=(server.put("a.csv.gz", hourly_file(*day(0, 1))),))
    follower = follow(one)
    follower.next_poll()
    fingerprint = follower.source.fingerprint
    two = Location(addresses=(server.put("b.csv.gz", hourly_file(row(0, **OTHER))),))
    more = follow(one, two)
    assert more.source.fingerprint == fingerprint
    more.committed = 2
    more.killed()
    assert shown(more.next_poll()) == [("01071001", HOURS[0], 1.5, 0)]


def test_without_the_server_the_source_waits_and_then_gives_up(server: FileServer, follow: Follow) -> None:
    address = server.put(NAME, hourly_file(row(0)))
    server.script = [Scripted(503, {"Retry-After": "9"}), Scripted(500)]
    follower = follow(Location(addresses=(address,)))
    waits = [pause(follower.next_poll()) for _ in range(2)]
    assert waits[0].seconds == 9 and "answers 503" in waits[0].problem
    assert 0 < waits[1].seconds < 2
    assert len(sent(follower.next_poll())) == 1

    server.away = True
    other = follow(Location(addresses=(server.address + "other.csv.gz",)))
    with pytest.raises(SourceError, match="gave up after 12 attempts"):
        for _ in range(20):
            other.next_poll()


def test_the_last_copy_is_used_while_the_server_is_away(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1))),)))
    follower.next_poll()
    server.away = True
    follower.restarted()
    items = follower.next_poll()
    assert len(sent(items)) == 2
    assert "the copy of 20" in pause(items).problem and "is used" in pause(items).problem
    server.away = False
    server.put(NAME, hourly_file(*day(0, 1, 2)))
    items = follower.next_poll()
    assert len(sent(items)) == 1 and not pause(items).problem


def test_an_address_that_does_not_exist_ends_the_stream_at_first_and_not_later(
    server: FileServer, follow: Follow
) -> None:
    missing = follow(Location(addresses=(server.address + "x.csv.gz", server.address + "y.csv.gz")))
    with pytest.raises(SourceError, match=r"y.csv.gz: the server has no such file \(404\); neither has it .*x.csv.gz"):
        missing.next_poll()
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(row(0))),)))
    follower.next_poll()
    kept = server.files.pop(f"/{NAME}")
    assert "no such file" in pause(follower.next_poll()).problem
    server.files[f"/{NAME}"] = kept
    assert not pause(follower.next_poll()).problem


def test_another_kind_of_file_ends_the_stream_at_first_and_not_later(server: FileServer, follow: Follow) -> None:
    wrong = follow(Location(addresses=(server.put("x.csv", b"a;b\n1;2\n"),)))
    with pytest.raises(SourceError, match="the header lacks the column"):
        wrong.next_poll()
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(row(0))),)))
    follower.next_poll()
    server.put(NAME, gzip.compress(b"a;b\n1;2\n"))
    items = follower.next_poll()
    assert sent(items) == [] and "the header lacks the column" in pause(items).problem
    server.put(NAME, hourly_file(*day(0, 1)))
    assert len(sent(follower.next_poll())) == 1


def test_a_local_file_that_grows_is_followed_without_the_line_that_is_being_written(
    follow: Follow, tmp_path: Path
) -> None:
    file = tmp_path / "H_mine.csv"
    file.write_bytes(HEADER + b"".join(day(0, 1)) + row(2)[:30])
    follower = follow(Location(path=file), every=60.0)
    first = follower.next_poll()
    assert [hour[-2:] for _, hour, *_ in shown(first)] == ["00", "01"]
    assert not [item for item in first if isinstance(item, RejectedRecord)] and pause(first) == Pause(60.0)
    file.write_bytes(HEADER + b"".join(day(0, 1, 2)) + row(3).rstrip(b"\n"))
    os.utime(file, ns=(1, 1))
    assert [hour[-2:] for _, hour, *_ in shown(follower.next_poll())] == ["02", "03"]


def test_a_folder_that_gets_another_file_is_followed(follow: Follow, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "H_a.csv").write_bytes(HEADER + row(0))
    follower = follow(Location(path=folder))
    assert len(sent(follower.next_poll())) == 1
    (folder / "H_b.csv").write_bytes(HEADER + row(0, **OTHER))
    assert [station for station, *_ in shown(follower.next_poll())] == ["01071001"]
    (folder / "H_b.csv").write_bytes(HEADER)
    assert "no rows after the header" in pause(follower.next_poll()).problem


def test_read_once_it_ends_with_an_end_marker(server: FileServer, follow: Follow) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(0, 1))),)), every=0.0)
    assert len(sent(follower.next_poll())) == 2
    marker = follower.source.end_marker()
    assert marker is not None and marker.event_time == HOURS[1]


def test_a_ledger_that_cannot_be_used_is_told(server: FileServer, follow: Follow, tmp_path: Path) -> None:
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "ledger.sqlite").write_bytes(b"no database" * 100)
    with pytest.raises(SourceError, match="the ledger of the sent rows cannot be used"):
        follow(Location(addresses=(server.put(NAME, hourly_file(row(0))),))).next_poll()


def test_a_comparison_that_is_cancelled_leaves_the_ledger_as_it_was(
    server: FileServer, follow: Follow, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower = follow(Location(addresses=(server.put(NAME, hourly_file(*day(*range(5)))),)))
    original = comparison.Comparison.items
    stop = False

    def items(self: comparison.Comparison) -> Iterator[Message | RejectedRecord]:
        nonlocal stop
        for item in original(self):
            yield item
            stop = True

    monkeypatch.setattr(comparison.Comparison, "items", items)
    assert sent(list(follower.source.messages(0, lambda: stop))) == []
    monkeypatch.undo()
    follower.killed()
    assert len(sent(follower.next_poll())) == 5
    assert isinstance(follower.source, Followed)
