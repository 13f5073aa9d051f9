"""Rows of described CSV and NDJSON files: what they become, and why some are set aside."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from datastream.sources.described import described_files
from datastream.sources.described.described_files import DescribedFile
from testing.environment import ROOT
from weather.description import toml
from weather.description.model import Description
from weather.errors import SourceError

EXAMPLES = ROOT / "examples" / "own_data"
AUSTIN = ROOT / "data" / "uscrn" / "CRNH0203-2018-TX_Austin_33_NW.txt.gz"
QUANTITY = '[[quantity]]\ncolumn = "t"\nname = "temperature"\n'


def described(
    folder: Path, head: str = "", time: str = "", quantity: str = "", key: str = 'column = "id"'
) -> Description:
    file = folder / "my.toml"
    file.write_text(
        f'measurement = "mine"\n{head}\n[time]\ncolumn = "at"\n{time}\n[key]\n{key}\n{QUANTITY}{quantity}', "utf-8"
    )
    return toml.load(file)


def read(folder: Path, text: str | bytes, description: Description) -> list[Any]:
    """The message of each row, None for a row without a value, the reason for an invalid one."""
    file = folder / "data.csv"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    opened = DescribedFile(file, Counter(), description)
    found: list[Any] = []
    for _, line in opened.lines():
        try:
            row = opened.row(line)
            found.append(row.message if row else None)
        except ValueError as error:
            found.append(str(error))
    return found


def message(**changes: Any) -> dict[str, Any]:
    return {"station_id": "a", "station": "a", "time": "2026-01-31T12:00:00.000Z", "temperature": 1.5} | changes


def times(folder: Path, zone: str, *texts: str, form: str = "%Y-%m-%d %H:%M") -> list[Any]:
    description = described(folder, time=f'format = "{form}"\nzone = "{zone}"')
    rows = read(folder, "at,id,t\n" + "".join(f"{text},a,1\n" for text in texts), description)
    return [row["time"] if isinstance(row, dict) else row for row in rows]


def test_columns_are_found_by_name_in_any_order_and_others_do_not_matter(tmp_path: Path) -> None:
    description = described(tmp_path)
    assert read(tmp_path, "t,more,id,at\n1.5,x,a,2026-01-31T12:00:00Z\n", description) == [message()]
    quoted = b'\xef\xbb\xbf"t","more","id","at"\r\n"1.5","x, y","a","2026-01-31T12:00:00+00:00"\r\n'
    assert read(tmp_path, quoted, description) == [message()]


def test_lines_above_the_header_are_skipped_and_columns_may_be_named_in_the_description(tmp_path: Path) -> None:
    above = described(tmp_path, "skip = 2")
    assert read(tmp_path, "a logger\n\nat,id,t\n2026-01-31T12:00:00Z,a,1.5\n", above) == [message()]
    named = described(tmp_path, 'columns = ["at", "id", "t"]')
    assert read(tmp_path, "2026-01-31T12:00:00Z,a,1.5\n", named) == [message()]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("2026-01-31T12:00:00Z,a", "2 columns instead of 3"),
        ("2026-01-31T12:00:00Z,a,warm", "t='warm' is not a number with decimal sign '.'"),
        ("2026-01-31T12:00:00Z,a,1_0", "t='1_0' is not a number with decimal sign '.'"),
        ("2026-01-31T12:00:00Z,a,nan", "t='nan' is not a number with decimal sign '.'"),
        ("2026-01-31T12:00:00Z,a,1e999", "t='1e999' is too large"),
        ("2026-01-31T12:00:00Z,,1.5", "id is empty"),
        ("2026-01-31T12:00:00Z,a\\,1.5", "id='a\\\\' holds control characters or ends in a backslash"),
        (",a,1.5", "at is empty"),
        ("soon,a,1.5", "at='soon' is not a time of the format iso"),
        ("1500-01-31T12:00:00Z,a,1.5", "at='1500-01-31T12:00:00Z' is outside the time range of InfluxDB"),
        ('2026-01-31T12:00:00Z,"a,1.5', "not a line of CSV"),
        ("2026-01-31T12:00:00Z,\xe9,1.5".encode("latin-1").decode("latin-1"), None),
    ],
)
def test_an_invalid_row_says_what_is_wrong_with_it(tmp_path: Path, row: str, reason: str | None) -> None:
    [found] = read(tmp_path, f"at,id,t\n{row}\n", described(tmp_path))
    if reason is None:
        assert found["station_id"] == "é"
    else:
        assert isinstance(found, str) and reason in found


def test_text_of_another_encoding_is_read_if_it_is_named(tmp_path: Path) -> None:
    text = "at,id,t\n2026-01-31T12:00:00Z,é,1.5\n".encode("latin-1")
    assert read(tmp_path, text, described(tmp_path)) == ["not UTF-8 text"]
    assert read(tmp_path, text, described(tmp_path, 'encoding = "latin-1"'))[0]["station"] == "é"


def test_missing_and_doubtful_values_are_left_out(tmp_path: Path) -> None:
    quantity = '[[quantity]]\ncolumn = "u"\nname = "humidity"\nmissing = ["-1"]\nquality = "ok"\ngood = ["0", "1"]\n'
    description = described(tmp_path, 'missing = ["n/a"]', quantity=quantity)
    rows = ["n/a,50,0", "1.5,-1,0", "1.5,50,2", "1.5,50,", "n/a,,0", "1.5,50,1"]
    found = read(tmp_path, "at,id,t,u,ok\n" + "".join(f"2026-01-31T12:00:00Z,a,{row}\n" for row in rows), description)
    humid = message() | {"humidity": 50.0}
    without = {name: value for name, value in humid.items() if name != "temperature"}
    assert found == [without, message(), message(), message(), None, humid]


def test_places_are_checked_and_an_incomplete_one_is_left_out(tmp_path: Path) -> None:
    head = 'missing = ["-"]\n[place]\nlatitude = "lat"\nlongitude = "lon"\n'
    rows = ["-33.9,151.2", "52.5,-179.9", "-,151.2", "52.5,", "95,10", "5,181"]
    text = "at,id,t,lat,lon\n" + "".join(f"2026-01-31T12:00:00Z,a,1.5,{row}\n" for row in rows)
    assert read(tmp_path, text, described(tmp_path, head)) == [
        message(LAT=-33.9, LON=151.2), message(LAT=52.5, LON=-179.9), message(), message(),
        "lat=95 is not between -90 and 90 degrees", "lon=181 is not between -180 and 180 degrees",
    ]  # fmt: skip


def test_the_key_may_be_several_columns_or_one_text_and_the_label_a_column(tmp_path: Path) -> None:
    row = "at,id,place,t\n2026-01-31T12:00:00Z,a,roof,1.5\n"
    assert read(tmp_path, row, described(tmp_path, key='column = ["place", "id"]'))[0]["station_id"] == "roof a"
    assert read(tmp_path, row, described(tmp_path, key='value = "home"'))[0] == message(
        station_id="home", station="home"
    )
    assert read(tmp_path, row, described(tmp_path, key='column = "id"\nlabel = "place"'))[0] == message(station="roof")
    tagged = described(tmp_path, '[tags]\nfloor = "place"\n')
    assert read(tmp_path, row, tagged) == [message(floor="roof")]


def test_local_times_are_converted_and_those_of_a_change_of_clocks_are_set_aside(tmp_path: Path) -> None:
    winter, summer, skipped, twice = times(
        tmp_path, "Europe/Paris", "2026-01-31 13:00", "2026-07-01 14:00", "2026-03-29 02:30", "2026-10-25 02:30"
    )
    assert (winter, summer) == ("2026-01-31T12:00:00.000Z", "2026-07-01T12:00:00.000Z")
    assert "'2026-03-29 02:30' does not exist in Europe/Paris" in skipped
    assert "'2026-10-25 02:30' occurs twice in Europe/Paris" in twice
    assert times(tmp_path, "Pacific/Auckland", "2026-02-01 01:00") == ["2026-01-31T12:00:00.000Z"]
    with_offset = times(
        tmp_path, "Europe/Paris", "2026-10-25T02:30+0200", "2026-10-25T02:30+0100", form="%Y-%m-%dT%H:%M%z"
    )
    assert with_offset == ["2026-10-25T00:30:00.000Z", "2026-10-25T01:30:00.000Z"]


def test_times_are_read_in_seconds_and_milliseconds_since_1970(tmp_path: Path) -> None:
    assert times(tmp_path, "UTC", "1769860800", "1769860800.25", "soon", form="unix")[:2] == [
        "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.250Z",
    ]  # fmt: skip
    assert times(tmp_path, "UTC", "1769860800250", form="unix_ms") == ["2026-01-31T12:00:00.250Z"]


def test_ndjson_is_read_with_numbers_texts_and_nested_keys(tmp_path: Path) -> None:
    file = tmp_path / "my.toml"
    file.write_text(
        'measurement = "mine"\nformat = "ndjson"\n[time]\ncolumn = "at"\nformat = "unix"\n[key]\ncolumn = "meta.id"\n'
        + QUANTITY
    )
    rows = [
        '{"at": 1769860800, "meta": {"id": "a"}, "t": 1.5}', '{"at": "1769860800", "meta": {"id": "a"}, "t": "1.5"}',
        '{"at": 1769860800, "meta": {"id": "a"}, "t": null}', '{"at": 1769860800, "meta": {}, "t": 1.5}',
        '{"at": 1769860800, "meta": {"id": "a"}, "t": [1]}', '{"at": 1769860800, "t": NaN}', "[1]", '{"at": ',
    ]  # fmt: skip
    assert read(tmp_path, "\n".join(rows) + "\n", toml.load(file))[:5] == [
        message(), message(), None, "meta.id is empty", "t is neither a text nor a number",
    ]  # fmt: skip
    others = read(tmp_path, "\n".join(rows), toml.load(file))[5:]
    assert [words[:12] for words in others] == ["not JSON: Na", "not a JSON o"], "the last line is not complete yet"


def test_a_last_line_without_an_end_is_read_if_it_is_a_row(tmp_path: Path) -> None:
    description = described(tmp_path)
    assert read(tmp_path, "at,id,t\n2026-01-31T12:00:00Z,a,1.5", description) == [message()]
    assert read(tmp_path, "at,id,t\n2026-01-31T12:00:00Z,a,1.5\n2026-01-31T13:0", description) == [message()]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("at,id\n", "column 't' of my.toml is missing; there are 'at', 'id'"),
        ("at,id,t,t\n", "column 't' of my.toml occurs"),
    ],
)
def test_a_header_that_does_not_fit_is_told(tmp_path: Path, header: str, words: str) -> None:
    with pytest.raises(SourceError, match=words):
        read(tmp_path, header, described(tmp_path))


def test_a_file_of_another_kind_is_told_before_anything_starts(tmp_path: Path) -> None:
    description = described(tmp_path)
    (tmp_path / "a.csv").write_text("at,id,t\nsoon,a,1\nsoon,a,1\n")
    with pytest.raises(SourceError, match=r"a\.csv, line 3: at='soon' is not a time .*; no row before it is valid"):
        described_files.check([tmp_path / "a.csv"], description)
    with pytest.raises(SourceError, match="there is no such file or folder"):
        described_files.check([tmp_path / "b.csv"], description)
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError, match=r"holds no file whose name ends in \.csv"):
        described_files.check([tmp_path / "empty"], description)


def test_the_austin_year_is_what_pandas_reads(tmp_path: Path) -> None:
    description = toml.load(EXAMPLES / "uscrn_hourly.toml")
    opened = DescribedFile(AUSTIN, Counter(), description)
    rows = [row.message for _, line in opened.lines() if (row := opened.row(line))]
    table = pd.read_csv(AUSTIN, sep=r"\s+", dtype={"UTC_DATE": str, "UTC_TIME": str, "WBANNO": str})
    assert len(table) == 8760
    table["time"] = pd.to_datetime(table.UTC_DATE + table.UTC_TIME, format="%Y%m%d%H%M", utc=True)
    for quantity in description.quantities:
        wanted = table[quantity.column].where(~table[quantity.column].isin([-9999, -99]))
        if quantity.quality:
            wanted = wanted.where(table[quantity.quality] == 0)
        found = {row["time"]: row[quantity.name] for row in rows if quantity.name in row}
        kept = {f"{t:%Y-%m-%dT%H:%M:%S.000Z}": v for t, v in zip(table.time, wanted, strict=True) if pd.notna(v)}
        assert found == pytest.approx(kept), quantity.column
    coverage = described_files.contents([AUSTIN], description)
    assert (coverage.first, coverage.last) == (table.time.min(), table.time.max())
