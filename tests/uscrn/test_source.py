"""5-minute files as messages: what a row becomes, what is set aside, in which order rows are sent."""

from __future__ import annotations

import gzip
import runpy
from collections import Counter
from pathlib import Path

import orjson
import pandas as pd
import pytest

from datastream.message import Message
from datastream.sources.uscrn import five_minute_file
from datastream.sources.uscrn.five_minute_row import is_stretched, parse_row
from datastream.sources.uscrn.source import Uscrn
from testing.environment import ROOT, settings_environment
from tests.uscrn import expected, files
from weather import uscrn
from weather.errors import RejectedRecord, SettingsError, SourceError
from weather.settings import Variables
from weather.settings.sources import Uscrn as Options

REAL = ROOT / "tests" / "data" / "uscrn"
GOOD = b"23907 20210101 0605 20210101 5 2.623 -98.08 30.62 4.2 0.0 0 0 3.9 C 0 93 0 -99.000 -9999.0 990 0 1.57 0\r\n"


def options(data: Path, mode: str = "sequential", date: str = "", partitions: int = 3) -> Options:
    variables = settings_environment(
        USCRN_DATA=str(data), USCRN_MODE=mode, USCRN_DATE=date or "all", USCRN_PARTITIONS=str(partitions)
    )
    return Options.load(Variables(variables))


def messages(source: Uscrn, skip: int = 0) -> list[Message]:
    return [item for item in source.messages(skip) if isinstance(item, Message)]


def test_columns_are_typed_and_sentinels_kept() -> None:
    row = parse_row(GOOD)
    assert list(row) == [column.name for column in uscrn.COLUMNS] == expected.NAMES
    assert (row["WBANNO"], row["LST_TIME"], row["UTC_TIME"], row["LST_DATE"]) == (23907, "0005", "0605", "20210101")
    assert (row["AIR_TEMPERATURE"], row["SOIL_TEMPERATURE_5"], row["ST_TYPE"], row["WIND_FLAG"]) == (
        4.2,
        -9999.0,
        "C",
        0,
    )
    types = {int: int, float: float, str: str, uscrn.DATE: str, uscrn.TIME: str}
    assert all(type(row[column.name]) is types[column.type] for column in uscrn.COLUMNS)


@pytest.mark.parametrize("file", sorted(REAL.iterdir()), ids=lambda file: file.name)
def test_real_rows_are_read_as_pandas_reads_them(file: Path) -> None:
    counts: Counter[str] = Counter()
    rows = [row for _, row in five_minute_file.numbered_rows(file, counts) if isinstance(row, dict)]
    table = pd.read_csv(file, sep=r"\s+", names=expected.NAMES, dtype=dict.fromkeys(expected.NAMES, str))
    assert len(rows) == len(table) >= 3 and not counts["rejected"]
    for row, cells in zip(rows, table.to_dict("records"), strict=True):
        for column in uscrn.COLUMNS:
            cell = cells[column.name]
            wanted = cell if isinstance(row[column.name], str) else pytest.approx(float(cell))
            assert row[column.name] == wanted


def test_runs_of_spaces_are_read_and_counted() -> None:
    stretched = next(line for line in (REAL / "CRN_with_problems.txt").read_bytes().splitlines() if is_stretched(line))
    assert parse_row(stretched)["WBANNO"] == 92821
    assert not is_stretched(GOOD)


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        (r"22 columns instead of 23$", GOOD[:-4]),
        (r"46 columns instead of 23: two rows in one line", GOOD.strip() + b" " + GOOD),
        (r"45 columns instead of 23: two rows in one line", GOOD.strip() + GOOD),
        (r"AIR_TEMPERATURE='warm' is not a number", GOOD.replace(b" 4.2 ", b" warm ")),
        (r"AIR_TEMPERATURE='nan' is not a number", GOOD.replace(b" 4.2 ", b" nan ")),
        (r"SR_FLAG='0.5' is not a whole number", GOOD.replace(b" 0.0 0 0 ", b" 0.0 0 0.5 ")),
        (r"LST_DATE='2021010x' is not a date", GOOD.replace(b"0605 20210101", b"0605 2021010x")),
        (r"20210101 2460 is not a valid time", GOOD.replace(b" 0605 ", b" 2460 ")),
        (r"20210231 0005 is not a valid time", GOOD.replace(b"0605 20210101", b"0605 20210231")),
        (r"control characters", GOOD.replace(b" 4.2 ", b"\x004.2 ")),
        (r"not ASCII", GOOD.replace(b" C ", " °C ".encode())),
    ],
)
def test_a_bad_row_says_what_is_wrong_with_it(reason: str, line: bytes) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_row(line)


def test_files_are_sent_one_after_another_and_a_stations_last_row_says_so(tmp_path: Path) -> None:
    written = files.write(tmp_path, days=1)
    sent = messages(Uscrn(options(tmp_path / "clean")))
    rows = [orjson.loads(message.value) for message in sent]
    assert [row["source_file"] for row in rows] == [file.name for file in written.clean for _ in range(288)]
    assert {message.partition for message in sent} == {None}
    assert {message.key for message in sent} == {b"23907", b"3072", b"4136"}
    assert [number for number, message in enumerate(sent) if message.headers] == [287, 575, 863]
    assert sent[287].headers == (("last", b"1"),)


def test_files_of_one_station_share_a_partition_and_their_hours_go_on(tmp_path: Path) -> None:
    written = files.write(tmp_path, days=1)
    rows = written.clean[0].read_text().splitlines()
    written.clean[0].write_text("\n".join(rows[:100]))
    (tmp_path / "clean" / written.clean[0].name.replace("2018", "2019")).write_text("\n".join(rows[100:]))
    sent = messages(Uscrn(options(tmp_path / "clean", "partitioned")))
    assert len(sent) == 3 * 288
    assert [m.event_time for m in sent] == sorted(m.event_time for m in sent), "all at once, by UTC time"
    partitions = {(m.key, m.partition) for m in sent}
    assert partitions == {(b"23907", 0), (b"3072", 1), (b"4136", 2)}
    assert [m.key for m in sent if ("last", b"1") in m.headers] == [b"23907", b"3072", b"4136"]
    assert all(("stations", b"3072 4136 23907") in m.headers for m in sent)
    one_day = messages(Uscrn(options(tmp_path / "clean", "partitioned", date="20180101")))
    streams = [{value for m in of for name, value in m.headers if name == "stream"} for of in (sent, one_day)]
    assert [len(found) for found in streams] == [1, 1] and streams[0] != streams[1], "another date is another stream"


@pytest.mark.parametrize("mode", ["sequential", "partitioned"])
def test_a_position_is_taken_up_at_any_row(tmp_path: Path, mode: str) -> None:
    files.write(tmp_path, days=1)
    source = Uscrn(options(tmp_path / "dirty", mode))
    everything = messages(source)
    assert source.total == len(everything)
    for skip in (0, 1, 299, len(everything) - 1, len(everything)):
        assert messages(Uscrn(options(tmp_path / "dirty", mode)), skip) == everything[skip:]


def test_one_date_is_sent_and_other_days_are_counted(tmp_path: Path) -> None:
    files.write(tmp_path, days=3)
    source = Uscrn(options(tmp_path / "clean", "partitioned", date="20180102"))
    sent = messages(source)
    assert {orjson.loads(message.value)["LST_DATE"] for message in sent} == {"20180102"}
    assert len(sent) + source.counts["skipped"] == sum(
        len(f.read_text().splitlines()) for f in (tmp_path / "clean").iterdir()
    )
    with pytest.raises(SourceError, match="no row has the local date USCRN_DATE=20190101"):
        messages(Uscrn(options(tmp_path / "clean", date="20190101")))


def test_bad_rows_are_set_aside_with_file_and_line(tmp_path: Path) -> None:
    written = files.write(tmp_path, days=2)
    source = Uscrn(options(tmp_path / "dirty"))
    rejected = [item for item in source.messages() if isinstance(item, RejectedRecord)]
    assert len(rejected) == source.counts["rejected"] == len(files.BAD_ROWS)
    assert source.counts["repaired"] == 3
    assert rejected[0].where == f"{written.dirty[0].name}, line 401"


def test_stations_need_a_partition_each(tmp_path: Path) -> None:
    files.write(tmp_path, days=1)
    with pytest.raises(SourceError, match="USCRN_PARTITIONS=2: 3 stations need a partition each; set it to 3"):
        messages(Uscrn(options(tmp_path / "clean", "partitioned", partitions=2)))
    five_minute_file.check(options(tmp_path / "clean", partitions=2))
    five_minute_file.check(options(tmp_path / "clean", "partitioned", date="20180101", partitions=2))
    with pytest.raises(SourceError, match="3 stations need a partition each"):
        five_minute_file.check(options(tmp_path / "clean", "partitioned", partitions=2))


def test_files_are_a_folder_or_names_and_what_is_wrong_is_told(tmp_path: Path) -> None:
    written = files.write(tmp_path, days=1)
    assert five_minute_file.find_files([tmp_path / "clean"]) == written.clean
    assert five_minute_file.find_files([written.clean[2], written.clean[0]]) == [written.clean[2], written.clean[0]]
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "HEADERS.txt").write_text("1 WBANNO")
    with pytest.raises(SourceError, match=r"holds no file CRNS0101-05-\*\.txt or CRNS0101-05-\*\.txt\.gz"):
        five_minute_file.find_files([tmp_path / "empty"])
    (tmp_path / "clean" / "HEADERS.txt").write_text("1 WBANNO")
    assert five_minute_file.find_files([tmp_path / "clean"]) == written.clean, "what else lies there is left alone"
    with pytest.raises(SourceError, match="there is no such file or folder"):
        five_minute_file.find_files([tmp_path / "nowhere.txt"])
    other = tmp_path / "other.txt"
    blank = tmp_path / "blank.txt"
    blank.write_text("\n\n")
    with pytest.raises(SourceError, match=r"blank\.txt: no rows"):
        five_minute_file.check(options(blank))
    other.write_text("hello\n" * 200)
    for read in (lambda: five_minute_file.check(options(other)), lambda: messages(Uscrn(options(other)))):
        with pytest.raises(SourceError, match=r"line 1.*1 columns instead of 23"):
            read()


def test_a_damaged_file_is_found_before_a_row_is_sent(tmp_path: Path) -> None:
    files.write(tmp_path, days=1)
    whole = gzip.compress((tmp_path / "clean" / sorted((tmp_path / "clean").iterdir())[2].name).read_bytes())
    (tmp_path / "clean" / "CRNS0101-05-2018-Z.txt.gz").write_bytes(whole[: len(whole) // 2])
    items = Uscrn(options(tmp_path / "clean")).messages()
    with pytest.raises(SourceError, match="damaged or truncated"):
        next(items)


def test_the_time_range_is_told_from_first_and_last_rows(tmp_path: Path) -> None:
    files.write(tmp_path, days=2)
    found = five_minute_file.contents([tmp_path / "dirty"])
    rows = expected.read(sorted((tmp_path / "clean").iterdir()))
    assert (found.first, found.last) == (rows.time.min(), rows.time.max())


@pytest.mark.parametrize(
    ("name", "value"), [("USCRN_MODE", "both"), ("USCRN_DATE", "2021-01-01"), ("USCRN_DATE", "20210231")]
)
def test_a_wrong_setting_is_told(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"{name}='{value}'"):
        Options.load(Variables(settings_environment(**{name: value})))


def test_the_sample_is_what_its_maker_makes() -> None:
    maker = runpy.run_path(str(ROOT / "data" / "uscrn" / "make_sample.py"))
    real = maker["hourly_values"]()
    for station in maker["STATIONS"]:
        [file] = files.SAMPLE.glob(f"*{station.name}*")
        assert gzip.decompress(file.read_bytes()).decode() == "\n".join(maker["lines"](station, real))
