"""Data and folders that cannot be used."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from stack import preflight
from testing.hourly_text import HEADER, line
from tests.unit.stack.preflight.problems import data_problems, setting_problems
from weather.settings import Variables


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.csv", b"", "the file is empty"),
        ("a.csv.gz", b"<html>404</html>", "the content is not gzip"),
        ("a.csv.gz", gzip.compress(HEADER + line(T="1"), mtime=0)[:-9], "gzip data is damaged or truncated after line"),
        ("a.csv", HEADER, "no rows after the header"),
        ("a.csv", (HEADER + line(T="1")).replace(b";", b","), "the columns are not separated by ';'"),
        ("a.csv", b"a;b\n1;2\n", "line 1: the header lacks the column(s) NUM_POSTE"),
        ("a.csv", HEADER + line(AAAAMMJJHH="1/1/2014"), "line 2: AAAAMMJJHH='1/1/2014' is not a UTC hour"),
    ],
)
def test_data_that_cannot_be_used_is_one_problem_that_names_the_file(
    environment: dict[str, str], tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    (problem,) = data_problems(environment, path)
    assert problem.startswith(str(path)) and words in problem


def test_data_that_is_not_there_is_a_problem_that_names_the_setting(
    environment: dict[str, str], tmp_path: Path
) -> None:
    assert data_problems(environment, tmp_path / "no") == [f"METEO_DATA={tmp_path}/no: there is no such file or folder"]
    (tmp_path / "empty").mkdir()
    assert "holds no .csv" in data_problems(environment, tmp_path / "empty")[0]


@pytest.mark.parametrize("folder", ['a"b', "a'b", "a%b", "a,b", "a\nb"])
@pytest.mark.parametrize("name", ["STACK_HOME", "STACK_CACHE"])
def test_a_path_that_a_component_would_misread_is_refused(
    environment: dict[str, str], tmp_path: Path, name: str, folder: str
) -> None:
    environment[name] = str(tmp_path / folder)
    problems = [p for p in preflight.room_problems(Variables(environment)) if p.startswith(f"{name}={tmp_path}")]
    assert len(problems) == 1 and "not allowed in this path" in problems[0]


def test_a_file_in_the_way_of_a_folder_is_a_problem(environment: dict[str, str], hourly: Path) -> None:
    environment["STACK_HOME"] = str(hourly / "home")
    assert f"STACK_HOME: {hourly} is not a folder" in list(preflight.room_problems(Variables(environment)))


@pytest.mark.parametrize("name", ["STACK_HOME", "STACK_CACHE"])
@pytest.mark.parametrize("folder", ["a ;b", "C #1", "a:b", "it's"])
def test_a_folder_that_supervisor_or_java_would_misread_is_refused(
    environment: dict[str, str], tmp_path: Path, name: str, folder: str
) -> None:
    variables = Variables(environment | {name: str(tmp_path / folder)})
    assert any(problem.startswith(f"{name}=") for problem in preflight.room_problems(variables))


def test_5_minute_files_are_looked_at_where_they_are_streamed(environment: dict[str, str], tmp_path: Path) -> None:
    def problems(**changes: str) -> list[str]:
        return list(preflight.data_problems(Variables(environment | {"STREAM_SOURCE": "uscrn"} | changes)))

    assert problems() == []
    assert problems(USCRN_DATA=f"{tmp_path}/no", STREAM_SOURCE="meteofrance") == []
    assert problems(USCRN_DATA=f"{tmp_path}/no") == [f"USCRN_DATA={tmp_path}/no: there is no such file or folder"]
    assert "3 stations need a partition each" in problems(USCRN_PARTITIONS="2")[0]
    wrong = setting_problems(environment, USCRN_MODE="both", USCRN_DATE="today", USCRN_LATENESS_MINUTES="-1")
    assert [problem.split("=")[0] for problem in wrong] == ["USCRN_MODE", "USCRN_DATE", "USCRN_LATENESS_MINUTES"]
