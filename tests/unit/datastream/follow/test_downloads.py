"""Copies of files at addresses, beside a real HTTP server."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from datastream.sources.downloads.content import WrongContent
from datastream.sources.downloads.download import Downloads, Limits, Missing, NotNow
from testing.environment import free_port
from testing.file_server import FileServer, Scripted
from tests.unit.datastream.follow.conftest import NAME
from weather.errors import SourceError

CONTENT = gzip.compress(b"".join(b"row %d\n" % number for number in range(60_000)), mtime=0)


def test_an_unchanged_file_costs_an_answer_without_a_body(server: FileServer, downloads: Downloads) -> None:
    address = server.put(NAME, CONTENT)
    first, second = downloads.current(address), downloads.current(address)
    assert first.path.read_bytes() == CONTENT and first.path.name == NAME
    assert server.statuses() == [200, 304]
    assert (second.digest, second.fetched_at) == (first.digest, first.fetched_at)
    assert second.checked_at >= first.checked_at and not second.problem


def test_a_new_version_replaces_the_copy_and_another_etag_of_the_same_content_does_not(
    server: FileServer, downloads: Downloads
) -> None:
    first = downloads.current(server.put(NAME, CONTENT))
    same = downloads.current(server.put(NAME, CONTENT, etag='"other"'))
    assert (same.digest, same.fetched_at) == (first.digest, first.fetched_at)
    changed = downloads.current(server.put(NAME, CONTENT + CONTENT))
    assert changed.digest != first.digest and changed.path.read_bytes() == CONTENT + CONTENT
    assert server.statuses() == [200, 200, 200]


def test_a_body_that_breaks_off_is_resumed_where_it_ended(server: FileServer, downloads: Downloads) -> None:
    address = server.put(NAME, CONTENT)
    server.script = [Scripted(bytes_sent=30_000), Scripted(bytes_sent=20_000)]
    for _ in range(2):
        with pytest.raises(NotNow, match=f"{NAME}: "):
            downloads.current(address)
    assert downloads.current(address).path.read_bytes() == CONTENT
    assert [headers.get("Range") for _, headers in server.requests] == [None, "bytes=30000-", "bytes=50000-"]
    assert server.statuses() == [200, 206, 206]


def test_a_file_that_changes_while_it_is_resumed_starts_again(server: FileServer, downloads: Downloads) -> None:
    address = server.put(NAME, CONTENT)
    server.script = [Scripted(bytes_sent=30_000)]
    with pytest.raises(NotNow):
        downloads.current(address)
    other = gzip.compress(b"another file\n" * 9000, mtime=0)
    server.put(NAME, other)
    assert downloads.current(address).path.read_bytes() == other
    assert server.statuses() == [200, 200]


def test_a_slow_download_ends_after_its_time_and_goes_on_later(server: FileServer, tmp_path: Path) -> None:
    address = server.put(NAME, CONTENT)
    server.script = [Scripted(pause=0.02)]
    slow = Downloads(tmp_path, Limits(10_000_000, 0.3))
    with pytest.raises(NotNow, match=r"MB in 0.3 s; the download is resumed"):
        slow.current(address)
    assert slow.current(address).path.read_bytes() == CONTENT
    assert server.statuses() == [200, 206]
    slow.close()


def test_a_stopped_download_goes_on_later(server: FileServer, downloads: Downloads) -> None:
    address = server.put(NAME, CONTENT)
    with pytest.raises(NotNow, match="was stopped"):
        downloads.current(address, lambda: True)
    assert downloads.current(address).path.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [({"Retry-After": "7"}, 7), ({"Retry-After": "90000"}, 3600), ({}, None), ({"Retry-After": "soon"}, None)],
)
@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_server_is_left_alone_as_long_as_it_asks(
    server: FileServer, downloads: Downloads, status: int, headers: dict[str, str], seconds: float | None
) -> None:
    address = server.put(NAME, CONTENT)
    server.script = [Scripted(status, headers)]
    with pytest.raises(NotNow, match=f"the server answers {status}") as caught:
        downloads.current(address)
    assert caught.value.retry_after == seconds


def test_retry_after_may_be_a_date(server: FileServer, downloads: Downloads) -> None:
    address = server.put(NAME, CONTENT)
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    server.script = [Scripted(503, {"Retry-After": later})]
    with pytest.raises(NotNow) as caught:
        downloads.current(address)
    assert caught.value.retry_after == pytest.approx(100, abs=10)


def test_without_the_server_the_last_copy_is_used_and_its_age_is_known(
    server: FileServer, downloads: Downloads
) -> None:
    address = server.put(NAME, CONTENT)
    first = downloads.current(address)
    server.script = [Scripted(503, {"Retry-After": "40"})]
    copy = downloads.current(address)
    assert (copy.digest, copy.checked_at, copy.retry_after) == (first.digest, first.checked_at, 40)
    assert "the server answers 503" in copy.problem
    server.away = True
    assert f"{NAME}: " in downloads.current(address).problem


def test_a_server_that_does_not_exist_is_named_without_what_may_be_secret(downloads: Downloads) -> None:
    port = free_port()
    with pytest.raises(NotNow, match=f"^http://127.0.0.1:{port}/{NAME}: .*Connection refused") as caught:
        downloads.current(f"http://someone:word@127.0.0.1:{port}/{NAME}?key=secret")
    assert "word" not in str(caught.value) and "secret" not in str(caught.value)


def test_redirects_are_followed_but_not_without_end(server: FileServer, downloads: Downloads) -> None:
    address = server.put(NAME, CONTENT)
    server.script = [Scripted(302, {"Location": address})]
    assert downloads.current(server.address + "moved.csv.gz").path.read_bytes() == CONTENT
    server.script = [Scripted(302, {"Location": server.address + "moved.csv.gz"})] * 9
    with pytest.raises(SourceError, match="Exceeded 5 redirects"):
        downloads.current(server.address + "moved.csv.gz")


@pytest.mark.parametrize("status", [404, 410])
def test_a_file_that_is_not_there_is_another_error(server: FileServer, downloads: Downloads, status: int) -> None:
    server.script = [Scripted(status)]
    with pytest.raises(Missing, match=rf"the server has no such file \({status}\)"):
        downloads.current(server.address + NAME)


def test_a_refusal_is_an_error_that_no_retry_cures(server: FileServer, downloads: Downloads) -> None:
    server.script = [Scripted(403)]
    with pytest.raises(SourceError, match="the server answers 403 Forbidden"):
        downloads.current(server.address + NAME)


damaged = bytearray(CONTENT)
damaged[len(damaged) // 2] ^= 0xFF


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\n <!DOCTYPE html><html><body>maintenance</body></html>", "sent a web page"),
        (b"<html>", "sent a web page"),
        (b"", "sent an empty file"),
        (b"a;b\n1;2\n", "sent no gzip data"),
        (CONTENT[:-20], "the gzip data is truncated"),
        (bytes(damaged), "the gzip data is damaged"),
        (CONTENT + b"garbage", "other data follows the gzip data"),
        (CONTENT + CONTENT[:100], "the gzip data is truncated"),
    ],
)
def test_what_is_no_whole_file_is_refused_and_the_last_copy_stays(
    server: FileServer, downloads: Downloads, content: bytes, reason: str
) -> None:
    address = server.put(NAME, content)
    with pytest.raises(WrongContent, match=reason):
        downloads.current(address)
    server.put(NAME, CONTENT)
    good = downloads.current(address)
    server.put(NAME, content)
    kept = downloads.current(address)
    assert kept.digest == good.digest and kept.path.read_bytes() == CONTENT
    assert reason in kept.problem


@pytest.mark.parametrize("content", [CONTENT + CONTENT, CONTENT + b"\0" * 700, CONTENT + b"\0" * 9 + CONTENT])
def test_several_members_and_padding_are_a_whole_file(server: FileServer, downloads: Downloads, content: bytes) -> None:
    assert downloads.current(server.put(NAME, content)).path.read_bytes() == content


def test_a_plain_file_may_have_another_name(server: FileServer, downloads: Downloads) -> None:
    copy = downloads.current(server.put("H 01.csv", b"a;b\n1;2\n").replace(" ", "%20"))
    assert copy.path.name == "H_01.csv"


def test_a_file_that_is_too_large_is_refused_before_and_while_it_is_sent(server: FileServer, tmp_path: Path) -> None:
    small = Downloads(tmp_path, Limits(1000, 5.0))
    with pytest.raises(SourceError, match=r"more than 0.0 MB: raise DOWNLOAD_MAX_MB"):
        small.current(server.put(NAME, CONTENT))
    zeros = gzip.compress(b"\0" * 600_000, mtime=0)
    assert len(zeros) < 1000
    with pytest.raises(WrongContent, match="unpacks to too many bytes"):
        small.current(server.put(NAME, zeros))
    small.close()


def test_a_copy_whose_files_do_not_belong_together_is_downloaded_again(
    server: FileServer, downloads: Downloads
) -> None:
    address = server.put(NAME, CONTENT)
    copy = downloads.current(address)
    copy.path.write_bytes(CONTENT[:100])
    assert downloads.current(address).path.read_bytes() == CONTENT
    (copy.path.parent / "copy.json").write_text("{")
    assert downloads.current(address).path.read_bytes() == CONTENT
    assert server.statuses() == [200, 200, 200]


def test_a_folder_that_cannot_be_written_is_an_error(server: FileServer, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    closed = Downloads(tmp_path / "file", Limits(1000, 5.0))
    with pytest.raises(SourceError, match="cannot write downloads there"):
        closed.current(server.put(NAME, CONTENT))
    closed.close()
