from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import orjson
import pytest

from datastream.sources.meteofrance.hourly_row import Layout, parse_header, parse_row
from testing.hourly_text import HEADER, line
from weather.errors import SourceError
from weather.reading import MESSAGE_COLUMNS

FILE = Path("H_01.csv.gz")
LAYOUT = parse_header(HEADER, FILE)


def parsed(row: bytes, layout: Layout = LAYOUT) -> dict[str, str | int | float]:
    message = parse_row(row, layout, Counter())
    assert message is not None
    return message


def test_a_full_row_becomes_a_message_in_the_order_of_the_vocabulary() -> None:
    cells = {"T": "6.1", "TN": "6.0", "TX": "7", "RR1": "0.2", "DRR1": "12", "FF": "1.4", "DD": "310"}
    message = parsed(line(**cells, UN="80", UX="90", PSTAT="1013.2", VV="20000"))
    assert tuple(message) == MESSAGE_COLUMNS
    assert orjson.dumps(message).decode() == (
        '{"NUM_POSTE":"01014002","NOM_USUEL":"ARBENT","LAT":46.278167,"LON":5.669,"AAAAMMJJHH":"2014010100",'
        '"T":6.1,"TN":6.0,"TX":7,"RR1":0.2,"DRR1":12,"FF":1.4,"DD":310,"UN":80,"UX":90,"PSTAT":1013.2,"VV":20000}'
    )


def test_what_is_missing_is_left_out() -> None:
    assert tuple(parsed(line(T="0", LAT="", LON=" "))) == ("NUM_POSTE", "NOM_USUEL", "AAAAMMJJHH", "T")


@pytest.mark.parametrize(
    ("text", "value"), [("-0.5", -0.5), ("+3", 3), ("-0", 0), ("5.", 5.0), (".5", 0.5), (" 7 ", 7), ("007", 7)]
)
def test_numbers_are_numbers(text: str, value: float) -> None:
    assert parsed(line(T=text))["T"] == value


@pytest.mark.parametrize("text", ["1,5", "nan", "NaN", "inf", "mq", "1e3", "0x1", "1_0", "--1", ".", "1.2.3", "٣"])
def test_other_text_in_a_number_spoils_the_row(text: str) -> None:
    with pytest.raises(ValueError, match=f"^T='{re.escape(text)}' is not a number"):
        parsed(line(T=text))


@pytest.mark.parametrize("text", ["9" * 20, "-" + "9" * 20, "9" * 400, "9" * 400 + ".0"])
def test_a_number_beyond_reason_spoils_its_row_and_not_the_stream(text: str) -> None:
    with pytest.raises(ValueError, match=r"^T='"):
        parsed(line(T=text))


def test_a_station_number_keeps_its_zeros_and_loses_its_spaces() -> None:
    assert parsed(line(T="1", NUM_POSTE=" 01014002"))["NUM_POSTE"] == "01014002"


@pytest.mark.parametrize("name", ["PTE DU RAZ", "PLOUMANAC'H", "BEG_MEIL", "ÎLE-D'AIX"])
def test_a_station_keeps_its_name(name: str) -> None:
    assert parsed(line(T="1", NOM_USUEL=name))["NOM_USUEL"] == name


@pytest.mark.parametrize("quality", ["0", "1", "9", "", " "])
def test_a_good_value_is_kept_also_without_a_quality_code(quality: str) -> None:
    assert parsed(line(T="1.5", QT=quality))["T"] == 1.5


def test_a_doubtful_value_is_left_out_and_counted() -> None:
    counts: Counter[str] = Counter()
    message = parse_row(line(T="1.5", QT="2", TN="1.0", QTN="1", TX="2.0", QTX=" 2 "), LAYOUT, counts)
    assert message is not None
    assert "TN" in message and "T" not in message and "TX" not in message
    assert counts == {"doubtful": 2}


@pytest.mark.parametrize("trace", ["-0.1", " -0.1", "-.1"])
def test_a_trace_of_rain_is_no_rain(trace: str) -> None:
    assert parsed(line(RR1=trace))["RR1"] == 0.0


def test_a_tenth_of_a_degree_below_zero_is_no_trace_of_rain() -> None:
    assert parsed(line(T="-0.1", RR1="-0.2")) == parsed(line(T="-0.1", RR1="-0.2")) | {"T": -0.1, "RR1": -0.2}


@pytest.mark.parametrize("cells", [{}, {"T": "1.0", "QT": "2"}])
def test_a_row_without_any_measurement_is_no_message(cells: dict[str, str]) -> None:
    assert parse_row(line(**cells), LAYOUT, Counter()) is None


def test_rows_of_windows_are_rows() -> None:
    assert parsed(line(VV="100")) == parsed(line(VV="100").replace(b"\n", b"\r\n"))


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (line(T="1")[:-20] + b"\n", r"\d+ columns instead of \d+"),
        (line(T="1").replace(b"\n", b";\n"), r"\d+ columns instead of \d+"),
        (line(T="1", AAAAMMJJHH="2014010124"), "AAAAMMJJHH='2014010124' is not a UTC hour written as YYYYMMDDHH"),
        (line(T="1", AAAAMMJJHH="01/01/2014"), "AAAAMMJJHH='01/01/2014' is not a UTC hour"),
        (line(T="1", AAAAMMJJHH=""), "AAAAMMJJHH='' is not a UTC hour"),
        (line(T="1", NUM_POSTE=" "), "NUM_POSTE is empty"),
        (line(T="1", NOM_USUEL=""), "NOM_USUEL is empty"),
        (line(T="1", NOM_USUEL="A\tB"), "holds control characters"),
        (line(T="1", NUM_POSTE="0\x000"), "holds control characters"),
        (line(T="1", NOM_USUEL="ILE\\"), "ends in a backslash"),
        (line(T="1", NOM_USUEL="A" * 16_001), "NOM_USUEL='A{40}' is longer than 16,000 bytes"),
        (line(T="1", AAAAMMJJHH="1677092100"), "AAAAMMJJHH='1677092100' is outside the time range of InfluxDB"),
        (line(T="1", AAAAMMJJHH="2262041200"), r"AAAAMMJJHH='2262041200' is outside .* \(1677-09-21 to 2262-04-11\)"),
        (line(T="1", LAT="north"), "LAT='north' is not a number"),
        (line(T="1", NOM_USUEL="ILE").replace(b"ILE", b"\xceLE"), "not UTF-8 text"),
    ],
)
def test_a_bad_row_says_what_is_wrong_with_it(row: bytes, problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        parsed(row)


@pytest.mark.parametrize("hour", ["1677092101", "2262041123"])
def test_the_first_and_the_last_hour_that_influxdb_can_store_are_read(hour: str) -> None:
    assert parsed(line(T="1", AAAAMMJJHH=hour))["AAAAMMJJHH"] == hour


def test_header_names_are_stripped_and_may_begin_with_a_byte_order_mark() -> None:
    header = b"\xef\xbb\xbf" + HEADER.replace(b";T;", b"; T;").replace(b";QT;", b"; QT ;").replace(b"\n", b"\r\n")
    assert parse_header(header, FILE) == LAYOUT


def test_values_whose_quality_column_is_misspelt_or_missing_are_kept() -> None:
    layout = parse_header(HEADER.replace(b";QVV", b";QCVV"), FILE)
    assert parsed(line(VV="100", QVV="2"), layout)["VV"] == 100


def test_columns_are_found_by_name_wherever_they_stand() -> None:
    shuffled = parse_header(
        HEADER.replace(b";T;", b";HERE;").replace(b";TN;", b";T;").replace(b";HERE;", b";TN;"), FILE
    )
    message = parsed(line(T="1", TN="2"), shuffled)
    assert (message["T"], message["TN"]) == (2, 1)


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        (
            HEADER.replace(b";RR1;", b";RR;").replace(b";VV;", b";V;"),
            r"the header lacks the column\(s\) RR1, VV; expected",
        ),
        (HEADER.replace(b";", b","), "the columns are not separated by ';'"),
        (b"POSTE;DATE;RR1;DRR1\n", r"the header lacks the column\(s\) NUM_POSTE, NOM_USUEL"),
        (b"\xff\xfe\n", "not UTF-8 text"),
        (b"\n", "the header lacks"),
    ],
)
def test_another_header_is_refused_by_file_line_and_what_was_expected(header: bytes, problem: str) -> None:
    with pytest.raises(SourceError, match=rf"^H_01\.csv\.gz, line 1: .*{problem}"):
        parse_header(header, FILE)
