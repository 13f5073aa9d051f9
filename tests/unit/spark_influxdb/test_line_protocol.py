"""Columns of every type become line protocol, or the reason why a row cannot be written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from spark_influxdb.errors import OptionError
from spark_influxdb.line_protocol import Lines, lines
from spark_influxdb.points import Points

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECONDS = 1_767_268_800


def made(columns: dict[str, Any], **parts: Any) -> Lines:
    """The lines of columns; each row is at noon if there is no column `time`."""
    rows = len(next(iter(columns.values())))
    arrays = {"time": [NOON] * rows} | columns
    return lines(pa.RecordBatch.from_pydict(arrays), Points(**{"measurement": "m", "precision": "s"} | parts))


def line(value: Any, **parts: Any) -> str:
    """The line of one field `v`."""
    [text] = made({"v": pa.array([value]) if not isinstance(value, pa.Array) else value}, **parts).text.to_pylist()
    return str(text)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.5, "1.5"), (-0.0, "-0"), (1e300, "1e+300"), (pa.array([0.1], pa.float32()), "0.10000000149011612"),
        (7, "7"), (2**53 + 1, "9007199254740993"), (Decimal("12.340"), "12.340"), (True, "true"), ("a", '"a"'),
        ('say "hi"\\', r'"say \"hi\"\\"'), ("two\nlines", '"two\nlines"'), ("", '""'),
    ],
)  # fmt: skip
def test_each_type_has_its_form(value: Any, text: str) -> None:
    assert line(value) == f"m v={text} {SECONDS}"


def test_integers_and_booleans_on_request() -> None:
    assert line(7, keep_integers=True) == f"m v=7i {SECONDS}"
    assert line(7, keep_integers=True, unsigned=("v",)) == f"m v=7u {SECONDS}"
    assert line(True, booleans_as_floats=True) == f"m v=1 {SECONDS}"


def test_names_and_tags_are_escaped_and_tags_sorted() -> None:
    columns = {"b c": ["x, y=z"], "a": ["1"], "v=": [1.0]}
    found = made(columns, measurement="my, m=", tags=("b c", "a")).text.to_pylist()
    assert found == [f"my\\,\\ m=,a=1,b\\ c=x\\,\\ y\\=z v\\==1 {SECONDS}"]


@pytest.mark.parametrize(
    ("time", "precision", "expected"),
    [
        (NOON, "s", SECONDS), (NOON, "ns", SECONDS * 10**9), (date(2026, 1, 1), "s", SECONDS - 12 * 3600),
        (SECONDS, "s", SECONDS), (datetime(1969, 12, 31, 23, 59, 59, 500_000, tzinfo=UTC), "s", -1),
        (datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC), "ms", -1),
        (datetime(2026, 1, 1, 12, 0, 0, 7, tzinfo=UTC), "us", SECONDS * 10**6 + 7),
    ],
)  # fmt: skip
def test_times_are_rounded_down_to_the_precision(time: Any, precision: str, expected: int) -> None:
    assert made({"v": [1.0], "time": [time]}, precision=precision).text.to_pylist() == [f"m v=1 {expected}"]


def test_what_is_missing_is_left_out() -> None:
    columns = {"tag": ["a", None, ""], "v": [None, 1.0, float("nan")], "w": ["x", None, None]}
    found = made(columns, tags=("tag",))
    assert found.text.to_pylist() == [f'm,tag=a w="x" {SECONDS}', f"m v=1 {SECONDS}"]
    assert found.kept is not None and found.kept.to_pylist() == [True, True, False]
    assert found.problems is None


def test_or_it_is_a_problem() -> None:
    found = made({"tag": ["a", None, "c"], "v": [1.0, 2.0, float("inf")]}, tags=("tag",), missing="fail")
    assert found.text.to_pylist() == [f"m,tag=a v=1 {SECONDS}"]
    assert found.problems is not None
    assert found.problems.to_pylist() == [None, "tag is missing or empty", "v is missing or not finite"]


def test_rows_that_cannot_be_written_have_a_reason_and_the_others_a_line() -> None:
    far = datetime(2300, 1, 1, tzinfo=UTC)
    columns = {
        "tag": ["a\nb", "c\\", "d" * 70_000, "e", "f", "g"],
        "v": [1, 2, 3, 4, 5, -6],
        "time": [NOON, NOON, NOON, far, None, NOON],
    }
    found = made(columns, tags=("tag",), unsigned=("v",))
    assert found.text.to_pylist() == [] and found.problems is not None
    for reason, words in zip(
        found.problems.to_pylist(), ["control", "backslash", "65,535", "outside", "missing", "negative"], strict=True
    ):
        assert words in reason


def test_columns_with_many_values_and_with_few_are_the_same() -> None:
    rows = 2_500
    few, many = pa.array([float(n % 3) for n in range(rows)]), pa.array([n / 7 for n in range(rows)])
    names = pa.array([f"n {n % 2}" for n in range(rows)])
    plain = made({"few": few, "many": many, "tag": names}, tags=("tag",)).text.to_pylist()
    encoded = {"few": few.dictionary_encode(), "many": many.dictionary_encode(), "tag": names.dictionary_encode()}
    assert made(encoded, tags=("tag",)).text.to_pylist() == plain
    assert plain[2499] == f"m,tag=n\\ 1 few=0,many=357 {SECONDS}"


def test_the_measurement_may_be_a_column() -> None:
    found = made({"kind": ["a b", None], "v": [1.0, 2.0]}, measurement="", measurement_column="kind")
    assert found.text.to_pylist() == [f"a\\ b v=1 {SECONDS}"]
    assert found.problems is not None and found.problems.to_pylist() == [None, "kind is missing or empty"]


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        ({"tags": ("nope",)}, "there is no column 'nope'"),
        ({"tags": ("v",), "fields": ("v",)}, "'v' has two roles"),
        ({"fields": ("when",)}, "'when' of type timestamp"),
        ({"time": "v2"}, "'v2' of type double cannot be the time"),
        ({"tags": ("when", "list", "v2")}, "cannot be a tag"),
        ({"measurement": ""}, "either a constant"),
        ({"precision": "h"}, "precision 'h'"),
        ({"missing": "maybe"}, "missing 'maybe'"),
        ({"unsigned": ("nope",)}, "unsigned 'nope' is no field"),
        ({"measurement": "m\n"}, "control character"),
    ],
)
def test_parts_that_do_not_fit_are_an_error_that_names_them(parts: dict[str, Any], words: str) -> None:
    columns = {"v": [1.0], "v2": [2.0], "when": pa.array([NOON], pa.timestamp("us")), "list": [[1]]}
    with pytest.raises(OptionError, match=words):
        made(columns, **{"fields": ("v",)} | parts)
