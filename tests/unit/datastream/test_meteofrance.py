from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Hashable, Iterator
from pathlib import Path

import numpy as np
import orjson
import pandas as pd
import pytest

from datastream.message import Message
from datastream.sources.meteofrance.source import MeteoFrance
from testing.environment import ROOT
from testing.hourly_text import HEADER, MEASURED_COLUMNS, line
from weather.errors import RejectedRecord, SourceError
from weather.reading import END_OF_STREAM

REAL_ROWS = ROOT / "tests" / "data" / "H_real_rows.csv"
MOLENE = ROOT / "data" / "meteofrance" / "H_molene_201401.csv.gz"

Opener = Callable[[Path], MeteoFrance]


@pytest.fixture
def opened() -> Iterator[Opener]:
    """Makes sources, and closes them after the test."""
    sources: list[MeteoFrance] = []

    def open_source(path: Path) -> MeteoFrance:
        sources.append(MeteoFrance(path))
        return sources[-1]

    yield open_source
    for source in sources:
        source.close()


def split(source: MeteoFrance) -> tuple[list[Message], list[RejectedRecord]]:
    items = list(source.messages())
    good = [item for item in items if isinstance(item, Message)]
    return good, [item for item in items if isinstance(item, RejectedRecord)]


def write(path: Path, *rows: bytes) -> Path:
    path.write_bytes(HEADER + b"".join(rows))
    return path


def by_pandas(path: Path) -> pd.DataFrame:
    """What the file should become: by hour and station, traces as 0, rows that hold a measurement."""
    text: dict[Hashable, type[str]] = {"NUM_POSTE": str, "NOM_USUEL": str, "AAAAMMJJHH": str}
    table = pd.read_csv(path, sep=";", dtype=text).rename(columns=str.strip)
    for column in MEASURED_COLUMNS:
        table[column] = table[column].mask(table[f"Q{column}"] == 2)
    table["RR1"] = table["RR1"].mask(table["RR1"] == -0.1, 0.0)
    table = table.dropna(how="all", subset=MEASURED_COLUMNS)
    return table.sort_values(["AAAAMMJJHH", "NUM_POSTE"], kind="stable").reset_index(drop=True)


def assert_equals_pandas(messages: list[Message], expected: pd.DataFrame) -> None:
    got = pd.DataFrame([orjson.loads(message.value) for message in messages])
    assert [m.key.decode() for m in messages] == list(expected["NUM_POSTE"])
    assert [m.event_time for m in messages] == list(expected["AAAAMMJJHH"])
    for column in ("NUM_POSTE", "NOM_USUEL", "AAAAMMJJHH"):
        assert list(got[column]) == list(expected[column])
    for column in ("LAT", "LON", *MEASURED_COLUMNS):
        values = got[column] if column in got else pd.Series(np.nan, index=got.index)
        np.testing.assert_array_equal(values.to_numpy(float), expected[column].to_numpy(float), err_msg=column)


def test_the_shipped_file_becomes_what_pandas_reads_in_it(opened: Opener) -> None:
    source = opened(MOLENE)
    messages, rejected = split(source)
    assert (len(messages), rejected, source.counts) == (36_962, [], {"skipped": 37})
    assert len({message.key for message in messages}) == 50
    assert_equals_pandas(messages, by_pandas(MOLENE))


def test_no_message_holds_a_missing_value(opened: Opener) -> None:
    for message in split(opened(MOLENE))[0]:
        assert b"null" not in message.value and b"NaN" not in message.value


def test_real_rows_become_what_pandas_reads_in_them(opened: Opener) -> None:
    messages, rejected = split(opened(REAL_ROWS))
    assert rejected == []
    assert_equals_pandas(messages, by_pandas(REAL_ROWS))


def test_a_real_rain_and_temperature_post_reports_these_only(opened: Opener) -> None:
    blain = [m for m in split(opened(REAL_ROWS))[0] if b"BLAIN" in m.value]
    assert blain
    for message in blain:
        assert list(orjson.loads(message.value)) == [
            "NUM_POSTE", "NOM_USUEL", "LAT", "LON", "AAAAMMJJHH", "T", "TN", "TX", "RR1",
        ]  # fmt: skip


def test_a_replay_goes_on_at_any_row(opened: Opener, tmp_path: Path) -> None:
    source = opened(write(tmp_path / "H.csv", *(line(f"20140101{hour:02}", T="1") for hour in range(24))))
    whole = list(source.messages())
    assert list(source.messages(20)) == whole[20:]


def test_how_many_rows_there_are_is_known_once_they_are_sorted(opened: Opener, hourly: Path) -> None:
    source = opened(hourly)
    assert source.total is None
    next(iter(source.messages()))
    assert source.total == 2


def test_a_bad_row_is_set_aside_as_received_with_its_place_and_counted(opened: Opener, tmp_path: Path) -> None:
    bad = line("2014010101", T="1,5").replace(b"\n", b"\r\n")
    source = opened(write(tmp_path / "H.csv", line(T="1"), bad, line("2014010102", T="2")))
    messages, (rejected,) = split(source)
    assert [m.event_time for m in messages] == ["2014010100", "2014010102"]
    assert (rejected.where, rejected.record) == ("H.csv, line 3", bad.rstrip())
    assert rejected.reason == "T='1,5' is not a number with a decimal point"
    assert source.counts["rejected"] == 1


def test_a_bad_row_is_set_aside_once_however_often_the_file_is_replayed(opened: Opener, tmp_path: Path) -> None:
    source = opened(write(tmp_path / "H.csv", line(T="1"), b"bad\n"))
    split(source)
    assert len(split(source)[1]) == 0
    assert source.counts["rejected"] == 1


def test_rows_without_a_measurement_and_empty_lines_are_left_out(opened: Opener, tmp_path: Path) -> None:
    source = opened(write(tmp_path / "H.csv", line(T="1"), b"\n", line("2014010101"), b"\r\n"))
    messages, rejected = split(source)
    assert (len(messages), rejected, source.counts) == (1, [], {"skipped": 1})


def test_a_file_in_which_nothing_can_be_used_is_no_hourly_file(opened: Opener, tmp_path: Path) -> None:
    path = write(tmp_path / "H.csv", *[line("1/1/2014", T="1")] * 5)
    with pytest.raises(SourceError, match=rf"^{path}, line 2: AAAAMMJJHH='1/1/2014' is not"):
        list(opened(path).messages())


def test_a_file_whose_first_hundred_rows_are_bad_is_not_read_further(opened: Opener, tmp_path: Path) -> None:
    path = write(tmp_path / "H.csv", *[b"bad\n"] * 100, line(T="1"))
    with pytest.raises(SourceError, match=r"line 2: 1 columns instead of \d+; none of the first 100 rows is valid"):
        list(opened(path).messages())


def test_nothing_of_a_file_that_cannot_be_read_to_its_end_is_sent(opened: Opener, tmp_path: Path) -> None:
    path = tmp_path / "H.csv.gz"
    path.write_bytes(MOLENE.read_bytes()[:20_000])
    messages = opened(path).messages()
    with pytest.raises(SourceError, match="damaged or truncated"):
        next(messages)


def test_a_repaired_file_is_read_anew(opened: Opener, tmp_path: Path) -> None:
    path = write(tmp_path / "H.csv", line(T="x"))
    source = opened(path)
    with pytest.raises(SourceError):
        list(source.messages())
    write(path, line(T="1"))
    assert len(split(source)[0]) == 1
    assert source.counts["rejected"] == 0


def test_a_replay_that_is_cancelled_while_the_file_is_read_sends_nothing_and_the_next_one_all(
    opened: Opener, tmp_path: Path
) -> None:
    source = opened(write(tmp_path / "H.csv", *(line(f"20140101{hour:02}", T="1") for hour in range(24))))
    asked = itertools.count()
    assert list(source.messages(cancelled=lambda: next(asked) >= 5)) == []
    assert len(split(source)[0]) == 24


def test_the_files_of_a_folder_are_merged_in_time_order(opened: Opener, tmp_path: Path) -> None:
    write(tmp_path / "H_29.csv", *(line(f"201401010{hour}", T="1", NUM_POSTE="29075001") for hour in range(3)))
    write(tmp_path / "H_01.csv", *(line(f"201401010{hour}", T="1") for hour in range(3)))
    order = [(m.event_time[-1], m.key) for m in split(opened(tmp_path))[0]]
    assert order == [(hour, key) for hour in "012" for key in (b"01014002", b"29075001")]


def test_other_data_has_another_fingerprint(tmp_path: Path, hourly: Path) -> None:
    source = MeteoFrance(tmp_path)
    first = source.fingerprint
    assert source.fingerprint == first
    write(hourly, line("2015010100", T="9"))
    source.refresh()
    changed = source.fingerprint
    write(tmp_path / "H_other.csv", line(T="1"))
    source.refresh()
    assert len({first, changed, source.fingerprint}) == 3


def test_a_copy_of_the_data_has_the_same_fingerprint(tmp_path: Path, hourly: Path) -> None:
    copy = tmp_path / "elsewhere" / hourly.name
    copy.parent.mkdir()
    copy.write_bytes(hourly.read_bytes())
    os.utime(copy, (1, 1))
    original, copied = MeteoFrance(hourly), MeteoFrance(copy)
    assert copied.fingerprint == original.fingerprint
    assert copied.earlier_fingerprint != original.earlier_fingerprint


def test_a_file_that_was_replaced_is_read_anew_after_a_refresh(hourly: Path) -> None:
    source = MeteoFrance(hourly)
    before, fingerprint = list(source.messages()), source.fingerprint
    write(hourly, line("2015010100", T="9"))
    assert list(source.messages()) == before  # a replay that is under way is not disturbed
    assert source.fingerprint == fingerprint
    source.refresh()
    assert [m.event_time for m in source.messages() if isinstance(m, Message)] == ["2015010100"]
    assert source.fingerprint != fingerprint
    source.close()


def test_a_source_is_named_after_its_file(hourly: Path) -> None:
    assert MeteoFrance(hourly).name == "H_small.csv"


def test_the_end_marker_names_the_newest_hour_of_the_file_once_it_was_read(opened: Opener) -> None:
    source = opened(MOLENE)
    assert source.end_marker() is None
    messages, _ = split(source)
    marker = source.end_marker()
    assert marker is not None and (marker.key, marker.event_time) == (END_OF_STREAM, messages[-1].event_time)
    assert orjson.loads(marker.value) == {"AAAAMMJJHH": "2014013123"}
