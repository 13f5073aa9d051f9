"""Messages → readings under the store's names, a whole Arrow batch at once, with the reason for each invalid message.

The JSON of a batch is parsed in one piece, many times as fast as message by message. A piece that does not parse is
halved until the invalid messages are found, so that the same parser checks valid and invalid messages.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

from weather.limits import FIRST_SECOND, LAST_SECOND, MAX_TAG_BYTES, OUTSIDE_TIME, UNUSABLE_IN_A_TAG
from weather.reading import FIELDS, HOUR, MEASURED, REPLACES, STATION_ID, STATION_NAME, TAGS, parse_hour

TEXTS = (STATION_ID, STATION_NAME, HOUR)
NUMBERS = (*(field.source for field in FIELDS), REPLACES)
SCHEMA = pa.schema([*((name, pa.string()) for name in TEXTS), *((name, pa.float64()) for name in NUMBERS)])
"""A message: text for the station and the hour, a number for each field, and whether it replaces an earlier reading."""

SECONDS = "seconds"
"""The column of the time of a reading, in seconds since 1970."""

_BETWEEN = b"\t"
"""Separates messages that are parsed together: white space in JSON that cannot be part of a JSON string."""
_NO_READING = pa.Table.from_pylist([{}], SCHEMA)


@dataclass(frozen=True)
class Readings:
    """One reading per message, column by column. The values of an invalid reading mean nothing.

    Texts and times are dictionary-encoded, because few of them differ: `tags` by name of the tag, trimmed; `seconds`
    since 1970. `fields` are doubles by name of the field. `reasons` says why a message is invalid, null if it is valid.
    A reading that `replaces` an earlier one may have no measured value: then the earlier one was withdrawn.
    """

    tags: dict[str, pa.DictionaryArray]
    seconds: pa.DictionaryArray
    fields: dict[str, pa.DoubleArray]
    replaces: pa.BooleanArray
    reasons: pa.StringArray

    def valid(self) -> Readings:
        """The valid readings."""
        return self if self.reasons.null_count == len(self.reasons) else self.only(self.reasons.is_null())

    def only(self, mask: pa.BooleanArray) -> Readings:
        """The readings for which `mask` is true."""
        return Readings(
            {name: column.filter(mask) for name, column in self.tags.items()},
            self.seconds.filter(mask),
            {name: column.filter(mask) for name, column in self.fields.items()},
            self.replaces.filter(mask),
            self.reasons.filter(mask),
        )

    def measured(self) -> pa.BooleanArray:
        """Whether a reading has a measured value."""
        return pc.invert(_all([self.fields[field.name].is_null() for field in MEASURED]))

    def columns(self) -> pa.RecordBatch:
        """Tags, fields and the time (SECONDS) as columns."""
        columns = self.tags | self.fields | {SECONDS: self.seconds}
        return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def parse(messages: pa.BinaryArray) -> Readings:
    """The readings of JSON messages."""
    table, is_reading = _parsed(messages)
    column = {name: table[name].combine_chunks() for name in SCHEMA.names}
    tags = {tag: pc.utf8_trim(column[source], " ").dictionary_encode() for tag, source in TAGS.items()}
    hours = column[HOUR].dictionary_encode()
    known = pa.array([_seconds(hour) for hour in hours.dictionary.to_pylist()], pa.int64())
    seconds = pa.DictionaryArray.from_arrays(hours.indices, known)
    fields = {field.name: column[field.source] for field in FIELDS}
    replaces = pc.fill_null(pc.equal(column[REPLACES], 1), False)
    found = Readings(tags, seconds, fields, replaces, pa.nulls(len(messages), pa.string()))
    return replace(found, reasons=_reasons(dict(_checks(messages, is_reading, found)), len(messages)))


def spread(column: pa.DictionaryArray, values: pa.Array) -> pa.Array:
    """For each element of a dictionary-encoded column, the value in `values` for its distinct value; null for null."""
    return values.take(column.indices)


def _checks(
    messages: pa.BinaryArray, is_reading: pa.BooleanArray, readings: Readings
) -> Iterator[tuple[str, pa.BooleanArray]]:
    """Each reason with the messages that it applies to. The first reason that applies is reported."""
    tags, seconds = readings.tags, readings.seconds
    yield "the message is empty", messages.is_null()
    yield "not a JSON object with the columns and types of a reading", pc.invert(is_reading)
    for tag, source in sorted(TAGS.items(), key=lambda pair: pair[1] != STATION_ID):
        texts = tags[tag].dictionary
        missing = pc.fill_null(spread(tags[tag], pc.equal(texts, "")), True)
        yield f"{source} is missing", missing
        invalid = pc.fill_null(spread(tags[tag], pc.match_substring_regex(texts, UNUSABLE_IN_A_TAG)), False)
        yield f"{source} holds a control character or ends in a backslash", invalid
        long = pc.fill_null(spread(tags[tag], pc.greater(pc.binary_length(texts), MAX_TAG_BYTES)), False)
        yield f"{source} is longer than {MAX_TAG_BYTES:,} bytes", long
    yield f"{HOUR} is not an hour written as YYYYMMDDHH", spread(seconds, seconds.dictionary).is_null()
    known = seconds.dictionary
    outside = pc.or_(pc.less(known, FIRST_SECOND), pc.greater(known, LAST_SECOND))
    yield f"{HOUR} is {OUTSIDE_TIME}", pc.fill_null(spread(seconds, outside), False)
    finite = [pc.fill_null(pc.is_finite(column), True) for column in readings.fields.values()]
    yield "a number is not finite", pc.invert(_all(finite))
    yield "no measurement", pc.invert(pc.or_(readings.measured(), readings.replaces))


def _all(conditions: list[pa.BooleanArray]) -> pa.BooleanArray:
    first, *others = conditions
    for condition in others:
        first = pc.and_(first, condition)
    return first


def _reasons(checks: dict[str, pa.BooleanArray], number: int) -> pa.StringArray:
    found = {words: mask for words, mask in checks.items() if mask.true_count}
    if not found:
        return pa.nulls(number, pa.string())
    conditions = pa.StructArray.from_arrays(list(found.values()), [str(at) for at in range(len(found))])
    return pc.case_when(conditions, *(pa.scalar(words) for words in found))


@lru_cache(maxsize=100_000)
def _seconds(hour: str | None) -> int | None:
    """Seconds since 1970 of an hour's text; None if it is not an hour."""
    try:
        return int(parse_hour(hour or "").timestamp())
    except ValueError:
        return None


def _parsed(messages: pa.BinaryArray) -> tuple[pa.Table, pa.BooleanArray]:
    """A row of SCHEMA for each message, and whether the message is a reading."""
    objects = pc.fill_null(pc.and_(pc.starts_with(messages, b"{"), pc.ends_with(messages, b"}")), False)
    if objects.true_count == len(messages):
        return _halved(messages)
    table, is_reading = _halved(messages.filter(objects))
    others = [_alone(message) for message in messages.filter(pc.invert(objects)).to_pylist()]
    rows = [_NO_READING if row is None else row for row in others]
    mask = pa.concat_arrays([is_reading, pa.array([row is not None for row in others])])
    order = pc.sort_indices(pc.sort_indices(pc.invert(objects)))  # the inverse permutation: where each message went
    return pa.concat_tables([table, *rows]).take(order), mask.take(order)


def _halved(messages: pa.BinaryArray) -> tuple[pa.Table, pa.BooleanArray]:
    """The same for messages that begin with `{` and end with `}`."""
    if (table := _together(messages)) is not None:
        return table, pa.repeat(True, len(messages))
    if len(messages) == 1:
        row = _alone(messages[0].as_py())
        return _NO_READING if row is None else row, pa.array([row is not None])
    half = len(messages) // 2
    parts = [_halved(part) for part in (messages.slice(0, half), messages.slice(half))]
    return pa.concat_tables([table for table, _ in parts]), pa.concat_arrays([mask for _, mask in parts])


def _together(messages: pa.BinaryArray) -> pa.Table | None:
    """A row for each message; None if this is not certain.

    Each message begins with `{` and ends with `}`, so no object can span two messages. If there are as many rows as
    messages, each message is one row.
    """
    if not len(messages):
        return SCHEMA.empty_table()
    whole = pa.ListArray.from_arrays(pa.array([0, len(messages)], pa.int32()), messages)
    table = _read(pc.binary_join(whole, _BETWEEN)[0].as_buffer(), newlines_in_values=False)
    return table if table is not None and len(table) == len(messages) else None


def _alone(message: bytes | None) -> pa.Table | None:
    """The row of one message; None if it is not one reading."""
    if not message or not message.lstrip().startswith(b"{"):
        return None
    table = _read(pa.py_buffer(message), newlines_in_values=True)
    return table if table is not None and len(table) == 1 else None


def _read(text: pa.Buffer, *, newlines_in_values: bool) -> pa.Table | None:
    """The rows of a text of JSON objects; None if one of them does not have the types of SCHEMA or is not UTF-8.

    A text with a NUL is invalid, because the parser takes a NUL for the end of the text and silently drops what
    follows.
    """
    if _has_nul(text):
        return None
    parsing = json.ParseOptions(SCHEMA, newlines_in_values, unexpected_field_behavior="ignore")
    reading = json.ReadOptions(use_threads=False, block_size=len(text) + 1)
    try:
        table = json.read_json(pa.BufferReader(text), reading, parsing)
        for name in TEXTS:
            table[name].validate(full=True)
    except pa.ArrowInvalid:
        return None
    return table


def _has_nul(text: pa.Buffer) -> bool:
    return len(text) > 0 and not np.frombuffer(text, np.uint8).all()
