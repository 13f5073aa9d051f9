"""What becomes of messages, good and bad: readings, lines, chunks."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from spark_app.influxdb.layout import METEO
from spark_app.readings import chunks, parse
from spark_influxdb import line_protocol
from weather.reading import FIELDS, MESSAGE_COLUMNS, REPLACES

GOOD: dict[str, Any] = {
    "NUM_POSTE": "29155005",
    "NOM_USUEL": "OUESSANT-STIFF",
    "LAT": 48.473333,
    "LON": -5.05667,
    "AAAAMMJJHH": "2014010321",
    "T": 9.1,
    "RR1": 0.0,
    "DRR1": 12,
    "FF": 21,
}


def message(**changes: Any) -> bytes:
    return json.dumps(GOOD | changes).encode()


def parsed(*messages: bytes | None) -> parse.Readings:
    return parse.parse(pa.array(messages, pa.binary()))


def lines(*messages: bytes | None) -> list[str]:
    """The lines of those that can be used."""
    found: list[str] = line_protocol.lines(parsed(*messages).valid().columns(), METEO.points).text.to_pylist()
    return found


def line(**changes: Any) -> str:
    [found] = lines(message(**changes))
    return found


def reasons(*messages: bytes | None) -> list[str | None]:
    found: list[str | None] = parsed(*messages).reasons.to_pylist()
    return found


def test_the_schema_has_every_column_of_a_message() -> None:
    assert {*MESSAGE_COLUMNS, REPLACES} == set(parse.schema(METEO).names)


def test_a_reading_becomes_one_line_at_its_own_hour_with_floats_only() -> None:
    seconds = int(datetime(2014, 1, 3, 21, tzinfo=UTC).timestamp())
    assert line() == (
        "meteo,station=OUESSANT-STIFF,station_id=29155005 "
        "LAT=48.473333,LON=-5.05667,Temperature=9.1,Precipitations=0,Precipitations_dur=12,Wind_speed=21 "
        f"{seconds}"
    )


def test_every_field_is_renamed_from_its_own_source_column() -> None:
    values = {field.source: float(number) for number, field in enumerate(FIELDS, start=1)}
    fields = dict(pair.split("=") for pair in line(**values).split(" ")[1].split(","))
    assert {name: float(number) for name, number in fields.items()} == {f.name: values[f.source] for f in FIELDS}


@pytest.mark.parametrize(
    ("name", "escaped"),
    [
        ("PTE DU RAZ", r"PTE\ DU\ RAZ"),
        ("PLOUMANAC'H", "PLOUMANAC'H"),
        ("BEG_MEIL", "BEG_MEIL"),
        ("A,B=C", r"A\,B\=C"),
        ("ÎLE D'YEU €", r"ÎLE\ D'YEU\ €"),
        ("a\\b", "a\\b"),
    ],
)
def test_a_station_name_is_escaped(name: str, escaped: str) -> None:
    assert f"station={escaped},station_id=" in line(NOM_USUEL=name)


def test_numbers_survive_in_full() -> None:
    text = line(T=-0.1, RR1=1e-7, PSTAT=1013.25)
    fields = dict(pair.split("=") for pair in text.split(" ")[1].split(","))
    assert [float(fields[n]) for n in ("Temperature", "Precipitations", "Pressure")] == [-0.1, 1e-7, 1013.25]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "empty"),
        (b"", "not a JSON object"),
        (b"not json at all", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"42", "not a JSON object"),
        (b"[]", "not a JSON object"),
        (b"[1, 2]", "not a JSON object"),
        (b'{"NUM_POSTE": "1", "NOM_USUEL": "A", "AAAAMMJJHH": "2014010100", "T": 1.0', "not a JSON object"),
        (b"\xff\xfe\x00garbage", "not a JSON object"),
        (json.dumps(GOOD | {"T": "warm"}).encode(), "not a JSON object"),
        (json.dumps(GOOD | {"T": {"value": 1}}).encode(), "not a JSON object"),
        (json.dumps(GOOD | {"T": math.nan}).encode(), "not finite"),
        (json.dumps(GOOD | {"T": -math.inf}).encode(), "not finite"),
        (json.dumps(GOOD).replace("9.1", "1e999").encode(), "not a JSON object"),
        (json.dumps(GOOD | {"T": True}).encode(), "not a JSON object"),
        (b'{"T": 1, "T": 2}', "not a JSON object"),
        (json.dumps(GOOD | {"NUM_POSTE": ""}).encode(), "NUM_POSTE is missing"),
        (json.dumps({k: v for k, v in GOOD.items() if k != "NUM_POSTE"}).encode(), "NUM_POSTE is missing"),
        (json.dumps(GOOD | {"NOM_USUEL": None}).encode(), "NOM_USUEL is missing"),
        (json.dumps(GOOD | {"NOM_USUEL": "A\nB"}).encode(), "control character"),
        (json.dumps(GOOD | {"NOM_USUEL": "A\\"}).encode(), "backslash"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "2014-01-03"}).encode(), "AAAAMMJJHH is not an hour"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "2014013199"}).encode(), "AAAAMMJJHH is not an hour"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "2014023000"}).encode(), "AAAAMMJJHH is not an hour"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "1677092100"}).encode(), "AAAAMMJJHH is outside the time range of InfluxDB"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "2262041200"}).encode(), "AAAAMMJJHH is outside the time range of InfluxDB"),
        (json.dumps(GOOD | {"AAAAMMJJHH": "9999123123"}).encode(), "AAAAMMJJHH is outside the time range of InfluxDB"),
        (json.dumps(GOOD | {"NOM_USUEL": "é" * 8_001}).encode(), "NOM_USUEL is longer than 16,000 bytes"),
        (json.dumps({k: GOOD[k] for k in list(GOOD)[:5]}).encode(), "no measurement"),
    ],
)
def test_what_cannot_be_used_has_its_reason(value: bytes | None, words: str) -> None:
    [reason] = reasons(value)
    assert words in (reason or "")


@pytest.mark.parametrize(
    "change", [{"AAAAMMJJHH": "1677092101"}, {"AAAAMMJJHH": "2262041123"}, {"NOM_USUEL": "é" * 8_000}]
)
def test_what_influxdb_can_just_store_is_used(change: dict[str, str]) -> None:
    assert reasons(json.dumps(GOOD | change).encode()) == [None]


@pytest.mark.parametrize(
    "value",
    [
        b"garbage", None, b"", b'{"T": 1}{"T": 2}', b"{}", message(T="warm"), message()[:-1], b'{"NUM_POSTE": "a}',
        b'{", "T": 1}', message() + b"\0}", message() + message() + b"\0}", b"\0" + message(),
        message(NUM_POSTE=7), b'{"NOM_USUEL": "\xff"}', message() + message(), b'[{"T": 1}]',
    ],
)  # fmt: skip
def test_a_bad_message_does_not_disturb_good_ones(value: bytes | None) -> None:
    good = [message(AAAAMMJJHH=f"20140103{hour:02d}") for hour in range(20)]
    for at in (0, 7, 20):
        among = [*good[:at], value, *good[at:]]
        assert [at for at, reason in enumerate(reasons(*among)) if reason] == [at]
        assert lines(*among) == lines(*good)


def test_two_bad_messages_that_would_make_good_ones_together_stay_bad() -> None:
    two = message() + message()
    assert [bool(reason) for reason in reasons(two, b"", message(), b'{"NUM_POSTE": "a}', b'{", "T": 1}', two)] == [
        True, True, False, True, True, True
    ]  # fmt: skip


def test_a_message_may_have_white_space_around_and_inside() -> None:
    spaced = b" \n" + json.dumps(GOOD, indent=2).encode() + b"\r\n\t"
    assert lines(spaced, message(), spaced) == [line()] * 3


def test_a_leap_day_is_a_day() -> None:
    seconds = int(datetime(2024, 2, 29, 23, tzinfo=UTC).timestamp())
    assert line(AAAAMMJJHH="2024022923").endswith(f" {seconds}")


def test_unknown_columns_are_ignored() -> None:
    assert line(GLO=123, note="x", nested={"a": [1]}) == line()


def test_without_messages_there_is_nothing() -> None:
    assert lines() == []


def chunked(*batches: Sequence[bytes | None], max_lines: int = 3, partition: int = 2) -> list[dict[str, Any]]:
    """The rows of chunks of records whose offsets count from 100 and whose times are ten times the offset."""
    first, records = 100, []
    for values in batches:
        offsets = range(first, first := first + len(values))
        columns = {
            "value": pa.array(values, pa.binary()),
            "partition": pa.array([partition] * len(values), pa.int32()), "offset": pa.array(offsets, pa.int64()),
            "sent_ms": pa.array([10 * offset for offset in offsets], pa.int64()),
        }  # fmt: skip
        assert list(columns) == chunks.RECORD
        records.append(pa.RecordBatch.from_pydict(columns))
    rows = [row for batch in chunks.to_chunks(max_lines)(records) for row in batch.to_pylist()]
    for row in rows:
        assert ", ".join(row) == ", ".join(column.split()[0] for column in chunks.CHUNK.split(", "))
        if row["deletions"] is None:
            for name in ("offsets", "sent_ms"):
                row[name] = np.frombuffer(row[name], "<i8").tolist()
    return rows


def test_a_chunk_carries_its_lines_with_their_offsets_and_times() -> None:
    values = [message(T=float(number)) for number in range(5)]
    first, second = chunked(values)
    assert (first["lines"] + b"\n" + second["lines"]).decode().split("\n") == lines(*values)
    assert [first["offsets"], second["offsets"]] == [[100, 101, 102], [103, 104]]
    assert [first["sent_ms"], second["sent_ms"]] == [[1000, 1010, 1020], [1030, 1040]]
    assert {row["partition"] for row in (first, second)} == {2} and {first["reason"], second["reason"]} == {None}


def test_rejected_records_are_a_row_for_each_reason_beside_chunks_that_skip_them() -> None:
    rows = chunked([message(), b"garbage", None, b"[]", message()], [message()])
    assert [row["offsets"] for row in rows] == [[100, 104], [101, 103], [102], [105]]
    assert [row["sent_ms"] for row in rows[1:3]] == [[1010, 1030], [1020]]
    garbage, empty = rows[1:3]
    assert (garbage["lines"], garbage["reason"]) == (None, "not a JSON object with the columns and types of a reading")
    assert (empty["lines"], empty["reason"]) == (None, "the message is empty")


def test_batches_without_records_make_no_chunk() -> None:
    assert chunked([], []) == []
