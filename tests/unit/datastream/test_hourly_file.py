from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest

from datastream.sources.lines import read_lines
from datastream.sources.meteofrance.hourly_file import check, find_files
from testing.hourly_text import HEADER, line
from weather.errors import SourceError

MANY = HEADER + b"".join(line(f"201401{day:02}{hour:02}", T=f"{hour}.5") for day in range(1, 29) for hour in range(24))


def write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def test_a_file_is_taken_whatever_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "readings.txt", MANY)
    assert find_files(path) == [path]


def test_of_a_folder_the_csv_files_are_taken_by_name(tmp_path: Path) -> None:
    names = ["b.csv", "a.csv.gz", "c.txt", "notes.md", "d.csv.bak"]
    for name in names:
        write(tmp_path / name, b"")
    (tmp_path / "folder.csv").mkdir()
    assert [path.name for path in find_files(tmp_path)] == ["a.csv.gz", "b.csv"]


def test_a_folder_without_csv_files_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=re.escape(f"METEO_DATA={tmp_path}: the folder holds no .csv")):
        find_files(tmp_path)


@pytest.mark.parametrize("name", ["nowhere.csv", "x" * 300])
def test_a_path_that_leads_nowhere_is_an_error_that_names_the_setting(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceError, match=re.escape(f"METEO_DATA={tmp_path / name}: ")):
        find_files(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b"1\n2\n3"),
        ("a.csv.gz", gzip.compress(b"1\n2\n3", mtime=0)),
        ("a.csv", gzip.compress(b"1\n", mtime=0) + gzip.compress(b"2\n3", mtime=0)),
    ],
)
def test_lines_are_the_same_plain_or_packed(tmp_path: Path, name: str, content: bytes) -> None:
    assert list(read_lines(write(tmp_path / name, content))) == [b"1\n", b"2\n", b"3"]


@pytest.mark.parametrize("content", [b"1\n", b"x", b"\x1f"])
def test_a_name_that_promises_gzip_must_keep_it(tmp_path: Path, content: bytes) -> None:
    path = write(tmp_path / "a.csv.gz", content)
    with pytest.raises(SourceError, match=f"^{re.escape(str(path))}: .*the content is not gzip"):
        list(read_lines(path))


@pytest.mark.parametrize(
    ("name", "content"), [("a.csv", b""), ("a.csv.gz", b""), ("a.csv.gz", gzip.compress(b"", mtime=0))]
)
def test_an_empty_file_is_an_error(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(SourceError, match="the file is empty"):
        list(read_lines(write(tmp_path / name, content)))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_a_truncated_file_names_the_last_line_that_could_be_read(tmp_path: Path, share: float) -> None:
    packed = gzip.compress(MANY)
    path = write(tmp_path / "a.csv.gz", packed[: int(len(packed) * share)])
    lines = read_lines(path)
    read = 0
    with pytest.raises(SourceError) as problem:
        for _ in lines:
            read += 1
    assert str(problem.value).startswith(f"{path}: the gzip data is damaged or truncated after line {read} ")


@pytest.mark.parametrize("position", [3, 30, -6])
def test_a_damaged_file_is_an_error(tmp_path: Path, position: int) -> None:
    packed = bytearray(gzip.compress(MANY))
    packed[position] ^= 0xFF
    with pytest.raises(SourceError, match=r"gzip data is damaged or truncated after line|cannot be read after line"):
        list(read_lines(write(tmp_path / "a.csv.gz", bytes(packed))))


def test_a_folder_in_the_place_of_a_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="cannot be read after line 0: Is a directory"):
        list(read_lines(tmp_path))


def test_a_whole_file_passes_the_check(tmp_path: Path) -> None:
    check(write(tmp_path / "a.csv.gz", gzip.compress(MANY)))


def test_the_check_of_a_folder_looks_into_each_file(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", MANY)
    write(tmp_path / "b.csv", b"")
    with pytest.raises(SourceError, match=r"b\.csv: the file is empty"):
        check(tmp_path)


def test_the_check_reads_to_the_end_of_a_file(tmp_path: Path) -> None:
    packed = gzip.compress(MANY)
    with pytest.raises(SourceError, match=r"damaged or truncated after line \d{2,}"):
        check(write(tmp_path / "a.csv.gz", packed[:-9]))


@pytest.mark.parametrize("content", [HEADER, HEADER + b"\n\n"])
def test_a_header_alone_is_no_data(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(SourceError, match="no rows after the header"):
        check(write(tmp_path / "a.csv", content))


def test_a_hundred_bad_rows_prove_a_wrong_format(tmp_path: Path) -> None:
    bad = line(AAAAMMJJHH="01/01/2014", T="1")
    path = write(tmp_path / "a.csv", HEADER + bad * 100 + line(T="1"))
    with pytest.raises(SourceError, match=rf"^{path}, line 101: AAAAMMJJHH='01/01/2014' is not a UTC hour"):
        check(path)


def test_fewer_bad_rows_before_a_good_one_do_not(tmp_path: Path) -> None:
    check(write(tmp_path / "a.csv", HEADER + line(T="x") * 99 + line(T="1")))
