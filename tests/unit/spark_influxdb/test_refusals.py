from __future__ import annotations

import pytest

from spark_influxdb.refusals import dropped, of_one_line, split, unparsed

CONFLICT = (
    'failure writing points to database: partial write: field type conflict: input field "v" on measurement "m" is '
    "type {}, already exists as type float dropped=1"
)


def quoted(*lines: str) -> str:
    return "\n".join(f"unable to parse '{line}': bad timestamp" for line in lines)


def test_quoted_lines_are_found_in_their_order() -> None:
    lines = [b"m v=1 1", b"m v=1 x", b"m v=1 2", b"m v=1 y"]
    assert unparsed(lines, quoted("m v=1 x", "m v=1 y")) == {1: quoted("m v=1 x"), 3: quoted("m v=1 y")}


def test_the_same_line_twice_is_found_twice() -> None:
    assert list(unparsed([b"m v=x", b"m v=1", b"m v=x"], quoted("m v=x", "m v=x"))) == [0, 2]


@pytest.mark.parametrize("line", ["m,t=it's v=x 1", "m,t=a': v=x 1", "m,t=\u00e9 v=x 1", "m"])
def test_quotes_and_signs_beyond_ascii_do_not_confuse_it(line: str) -> None:
    assert list(unparsed([b"n v=1 1", line.encode(), b"n v=2 2"], quoted(line))) == [1]


def test_a_line_that_begins_like_a_quoted_one_is_not_taken_for_it() -> None:
    assert list(unparsed([b"m v=1", b"m v=1 x"], quoted("m v=1 x"))) == [1]


@pytest.mark.parametrize("message", ["", "partial write", "unable to parse 'other': reason"])
def test_a_message_without_any_of_the_lines_names_none(message: str) -> None:
    assert unparsed([b"m v=1 1"], message) == {}


@pytest.mark.parametrize(
    ("message", "number"),
    [
        ("partial write: reason dropped=12", 12),
        ("partial write: dropped 2 points dropped=2 for database: 0a for retention policy: autogen", 2),
        ("dropped=12 is the name of a field", 0),
        ("unable to parse 'm': reason", 0),
    ],
)
def test_the_number_of_dropped_points_is_that_at_the_end(message: str, number: int) -> None:
    assert dropped(message) == number
    assert "dropped=12" not in of_one_line(message) or number == 0


@pytest.mark.parametrize(
    ("kind", "suspects"),
    [("string", [0]), ("integer", [1]), ("boolean", [2]), ("float", [3, 4]), ("unsigned", [5])],
)
def test_suspects_have_the_field_of_the_conflict_with_its_type(kind: str, suspects: list[int]) -> None:
    lines = [b'm v="1" 1', b"m,t=a w=1,v=1i 2", b"m v=t 3", b"m v=-1.5 4", b"m v=1e-05,w=1 5", b"m v=1u 6", b"mm v=1 7"]
    one, other = split(lines, CONFLICT.format(kind))
    assert one == suspects
    assert other == [number for number in range(7) if number not in suspects]


def test_suspects_are_found_by_names_that_a_line_escapes() -> None:
    message = 'input field "a=b, c" on measurement "one, two" is type float, already exists as type string dropped=1'
    lines = [rb"one\,\ two,t=x a\=b\,\ c=1 1", rb"one\,\ two w=1 2", rb'one\,\ two a\=b\,\ c="1" 3']
    assert split(lines, message) == ([0], [1, 2])


def test_lines_of_one_point_stay_together_in_their_order() -> None:
    lines = [b"m,t=a v=1 1", b"m,t=a w=1 1", b"m,t=a w=1 2", b"m,t=b w=1 1"]
    assert split(lines, CONFLICT.format("float")) == ([0, 1], [2, 3])


def test_lines_among_which_nothing_tells_apart_are_halved_by_their_time() -> None:
    lines = [b"m v=%d %d" % (number, time) for number, time in enumerate((5, -9, 3, 1, 5))]
    assert split(lines, "no reason") == ([1, 3], [2, 0, 4])
    assert split(lines, CONFLICT.format("float")) == ([1, 3], [2, 0, 4])
