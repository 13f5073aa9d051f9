"""Messages → readings under the store's names, a whole Arrow batch at once, and why a message is invalid."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc

from spark_app.influxdb.layout import INSTANT, METEO, Layout
from spark_app.readings import json_objects
from weather.limits import FIRST_SECOND, LAST_SECOND, MAX_TAG_BYTES, OUTSIDE_TIME, UNUSABLE_IN_A_TAG
from weather.reading import REPLACES


@dataclass(frozen=True)
class Readings:
    """One reading per message, column by column. The values of an invalid reading mean nothing.

    Texts and times are dictionary-encoded, because few of them differ: `tags` by name of the tag, trimmed; `instants`
    since 1970. `fields` are doubles by name of the field. `reasons` says why a message is invalid, null if it is valid.
    A reading that `replaces` an earlier one may have no measured value: then the earlier one was withdrawn.
    """

    layout: Layout
    tags: dict[str, pa.DictionaryArray]
    instants: pa.DictionaryArray
    fields: dict[str, pa.DoubleArray]
    replaces: pa.BooleanArray
    reasons: pa.StringArray

    def valid(self) -> Readings:
        """The valid readings."""
        return self if self.reasons.null_count == len(self.reasons) else self.only(self.reasons.is_null())

    def only(self, mask: pa.BooleanArray) -> Readings:
        """The readings for which `mask` is true."""
        return Readings(
            self.layout,
            {name: column.filter(mask) for name, column in self.tags.items()},
            self.instants.filter(mask),
            {name: column.filter(mask) for name, column in self.fields.items()},
            self.replaces.filter(mask),
            self.reasons.filter(mask),
        )

    def measured(self) -> pa.BooleanArray:
        """Whether a reading has a measured value."""
        return pc.invert(_all([self.fields[name].is_null() for name in self.layout.measured]))

    def columns(self) -> pa.RecordBatch:
        """Tags, fields and the time (INSTANT) as columns."""
        columns = self.tags | self.fields | {INSTANT: self.instants}
        return pa.RecordBatch.from_arrays(list(columns.values()), list(columns))


def parse(messages: pa.BinaryArray, layout: Layout = METEO) -> Readings:
    """The readings of JSON messages."""
    table, is_reading = json_objects.parsed(messages, schema(layout))
    column = {name: table[name].combine_chunks() for name in table.schema.names}
    tags = {tag: pc.utf8_trim(column[source], " ").dictionary_encode() for tag, source in layout.tags.items()}
    times = column[layout.time].dictionary_encode()
    known = pa.array([_instant(text, layout) for text in times.dictionary.to_pylist()], pa.int64())
    instants = pa.DictionaryArray.from_arrays(times.indices, known)
    fields = {name: column[source] for name, source in layout.fields.items()}
    replaces = pc.fill_null(pc.equal(column[REPLACES], 1), False)
    found = Readings(layout, tags, instants, fields, replaces, pa.nulls(len(messages), pa.string()))
    return replace(found, reasons=_reasons(dict(_checks(messages, is_reading, found)), len(messages)))


def schema(layout: Layout) -> pa.Schema:
    """A message: text for the tags and the time, a number for each field, and whether it replaces another reading."""
    texts, numbers = (*layout.tags.values(), layout.time), (*layout.fields.values(), REPLACES)
    return pa.schema([*((name, pa.string()) for name in texts), *((name, pa.float64()) for name in numbers)])


def _instant(text: str | None, layout: Layout) -> int | None:
    """The number of a time; None if its text is no time."""
    try:
        return None if text is None else layout.instant(text)
    except (ValueError, OverflowError):
        return None


def spread(column: pa.DictionaryArray, values: pa.Array) -> pa.Array:
    """For each element of a dictionary-encoded column, the value in `values` for its distinct value; null for null."""
    return values.take(column.indices)


def _checks(
    messages: pa.BinaryArray, is_reading: pa.BooleanArray, readings: Readings
) -> Iterator[tuple[str, pa.BooleanArray]]:
    """Each reason with the messages that it applies to. The first reason that applies is reported."""
    layout, tags, instants = readings.layout, readings.tags, readings.instants
    yield "the message is empty", messages.is_null()
    yield "not a JSON object with the columns and types of a reading", pc.invert(is_reading)
    for tag in (*layout.required, *(tag for tag in layout.tags if tag not in layout.required)):
        source, texts = layout.tags[tag], tags[tag].dictionary
        if tag in layout.required:
            yield f"{source} is missing", pc.fill_null(spread(tags[tag], pc.equal(texts, "")), True)
        invalid = pc.fill_null(spread(tags[tag], pc.match_substring_regex(texts, UNUSABLE_IN_A_TAG)), False)
        yield f"{source} holds a control character or ends in a backslash", invalid
        long = pc.fill_null(spread(tags[tag], pc.greater(pc.binary_length(texts), MAX_TAG_BYTES)), False)
        yield f"{source} is longer than {MAX_TAG_BYTES:,} bytes", long
    known, each = instants.dictionary, layout.units_per_second
    yield f"{layout.time} is not {layout.time_form}", spread(instants, known).is_null()
    outside = pc.or_(pc.less(known, FIRST_SECOND * each), pc.greater(known, LAST_SECOND * each))
    yield f"{layout.time} is {OUTSIDE_TIME}", pc.fill_null(spread(instants, outside), False)
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
