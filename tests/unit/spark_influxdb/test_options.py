"""Options as texts: what they mean, and which are an error."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from spark_influxdb.errors import OptionError
from spark_influxdb.options import READ, WRITE, read_options, write_options
from testing.environment import ROOT

LEAST = {"url": "http://localhost:8086", "org": "o", "bucket": "b", "token": "s3cret", "measurement": "m"}


def test_what_is_not_given_has_its_default() -> None:
    options = write_options(LEAST)
    assert (options.batch_lines, options.gzip, options.on_refused) == (10_000, False, "fail")
    assert (options.connection.timeout, options.connection.max_retries, options.points.precision) == (30.0, 5, "ns")


def test_names_are_not_case_sensitive_and_options_of_spark_are_ignored() -> None:
    options = write_options(LEAST | {"Tags": " a , b", "GZIP": "TRUE", "checkpointLocation": "/x", "queryName": "q"})
    assert options.points.tags == ("a", "b") and options.gzip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"colour": "red"}, "unknown option 'colour'; there are url, org"),
        ({"url": "localhost"}, "url='localhost'"),
        ({"timeout": "soon"}, "timeout='soon': is no number"),
        ({"max_retries": "-1"}, "max_retries='-1': is negative"),
        ({"batch_lines": "0"}, "batch_lines='0'"),
        ({"gzip": "maybe"}, "gzip='maybe': is neither true nor false"),
        ({"on_refused": "ignore"}, "on_refused 'ignore'"),
        ({"on_refused": "no.such:function"}, "on_refused 'no.such:function'"),
        ({"token_file": "/x"}, "either a `token_file` or a `token`"),
        ({"token": ""}, "either a `token_file` or a `token`"),
        ({"org": ""}, "option 'org' is required"),
    ],
)
def test_a_wrong_option_is_an_error_that_names_it(changes: dict[str, str], words: str) -> None:
    with pytest.raises(OptionError) as raised:
        write_options(LEAST | changes)
    assert words in str(raised.value)


def test_a_token_is_in_no_text(tmp_path: Path) -> None:
    options = write_options(LEAST)
    assert "s3cret" not in repr(options)
    with pytest.raises(OptionError) as raised:
        write_options(LEAST | {"token_file": "x"})
    assert "s3cret" not in str(raised.value)


def test_a_token_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    given = {name: value for name, value in LEAST.items() if name != "token"}
    options = write_options(given | {"token_file": str(tmp_path / "none")})
    with pytest.raises(OptionError, match=rf"token_file {tmp_path}/none: No such file"):
        options.connection.headers()
    (tmp_path / "empty").touch()
    with pytest.raises(OptionError, match="is empty"):
        write_options(given | {"token_file": str(tmp_path / "empty")}).connection.headers()


def test_the_readme_lists_every_option() -> None:
    text = (ROOT / "spark_influxdb" / "README.md").read_text(encoding="utf-8")
    reading, writing = text[text.index("## Read") : text.index("## Options")], text[text.index("## Options") :]
    assert not [name for name in WRITE if f"`{name}`" not in writing]
    assert not [name for name in READ if f"`{name}`" not in reading]


def test_a_read_needs_a_range_of_time_or_a_query() -> None:
    options = read_options(LEAST | {"start": "2026-01-01", "stop": "2026-01-01T12:00:00+02:00"})
    assert options.start == datetime(2026, 1, 1, tzinfo=UTC)
    assert options.stop == datetime(2026, 1, 1, 10, tzinfo=UTC)
    for given, words in (
        (LEAST, "'start' is required"),
        (LEAST | {"query": "buckets()"}, "either a `measurement`"),
        (LEAST | {"measurement": "", "query": "buckets()", "fields": "x"}, "belong to a `measurement`"),
        (LEAST | {"tags": "a"}, "unknown option 'tags'"),
    ):
        with pytest.raises(OptionError, match=words):
            read_options(given)
