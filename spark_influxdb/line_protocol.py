"""Rows of an Arrow batch → InfluxDB line protocol, column by column.

Specification: InfluxDB v2, "Line protocol": `measurement,tag=value field=1 timestamp`. A backslash escapes commas and
spaces in a measurement, commas, equals signs and spaces in names and in tag values, and quotes and backslashes in
strings. Tags are sorted by name, as InfluxDB recommends. A number without a suffix is a float; `i` marks an integer,
`u` an unsigned one.

Where values repeat, the slow steps (escaping, formatting) run once for each distinct value. Dictionary-encoded columns
are used as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from spark_influxdb.points import FAIL, PRECISIONS, Points

LAST_NANOSECOND = 9_223_372_036_854_775_806
"""InfluxDB accepts times up to so many nanoseconds before and after 1970: 1677-09-21 00:12:43.145224194 UTC to
2262-04-11 23:47:16.854775806 UTC."""
SECOND = 10**9
UNITS = {"s": SECOND, "ms": 10**6, "us": 10**3, "ns": 1}
"""Unit of an Arrow timestamp → nanoseconds."""
UNUSABLE_IN_A_KEY = r"[\x00-\x1f\x7f]|\\$"
"""In a measurement or a tag, control characters end a line or are invisible, and a backslash at the end would escape
what follows."""
MAX_KEY_BYTES = 65_535
"""Bytes of measurement and tags together, which InfluxDB accepts."""
SAMPLE = 1_000
"""Rows by which it is decided whether the values of a column repeat."""

Texts = Callable[[pa.Array], pa.Array]
"""A function of distinct values."""
Check = tuple[str, pa.BooleanArray | None]
"""A reason, and the rows to which it applies; None if it applies to none."""


@dataclass(frozen=True)
class Lines:
    """The lines of a batch, and why rows are not among them.

    `text` has a line for each row that `kept` marks; None means all rows. `problems` has the reason of each row that
    cannot be written and null for the others; None means that there is none. A row that is neither kept nor a problem
    has no field.
    """

    text: pa.StringArray
    kept: pa.BooleanArray | None = None
    problems: pa.StringArray | None = None


def lines(batch: pa.RecordBatch, points: Points) -> Lines:
    """The lines of a batch. Raise OptionError if its columns do not fit."""
    names = points.columns(batch.schema)
    key = list(_key(batch, points))
    moments, outside = _moments(batch[points.time], points.precision)
    values = [_field(name, batch[name], points) for name in names]
    checks = [
        *_checks_of_keys(batch, points, key),
        (f"{points.time} is outside the time range of InfluxDB (1677-09-21 to 2262-04-11)", outside),
        (f"{points.time} is missing", batch[points.time].is_null() if batch[points.time].null_count else None),
        *((f"{name} is negative", _where(batch[name], _is_negative)) for name in points.unsigned),
    ]
    if points.missing == FAIL:
        missing = zip(names, values, strict=True)
        checks += [(f"{name} is missing or not finite", texts.is_null()) for name, texts in missing]
        checks += [(f"{name} is missing or empty", _is_empty(batch[name])) for name in points.tags]
    problems = _problems(checks)
    kept = _kept(values, problems)
    times = _each(moments, lambda numbers: _joined(" ", _text(numbers)))
    if kept is not None:
        key = [part if isinstance(part, str) else part.filter(kept) for part in key]
        values, times = [texts.filter(kept) for texts in values], times.filter(kept)
    fields = pc.binary_join_element_wise(*values, ",", null_handling="skip")
    return Lines(pc.binary_join_element_wise(*key, " ", fields, times, ""), kept, problems)


def _key(batch: pa.RecordBatch, points: Points) -> Iterator[pa.Array | str]:
    """The parts of measurement and tags: texts, or one text for all rows."""
    if points.measurement:
        yield _escaped_name(points.measurement, ", ")
    else:
        yield _filled(batch[points.measurement_column], lambda texts: _escaped(texts, ", "))
    for tag in sorted(points.tags):
        yield _filled(batch[tag], _tag(f",{_escaped_name(tag, ',= ')}="))


def _tag(before: str) -> Texts:
    """The part of a line for a tag's value; an empty text for an empty value."""
    return lambda texts: pc.if_else(pc.equal(texts, ""), "", _joined(before, _escaped(texts, ",= ")))


def _field(name: str, column: pa.Array, points: Points) -> pa.StringArray:
    """`name=value` for each row; null if there is no value."""
    before, kind = f"{_escaped_name(name, ',= ')}=", _value_type(column)
    if pa.types.is_null(kind):
        return pa.nulls(len(column), pa.string())
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _each(column, lambda texts: _joined(f'{before}"', _escaped(_text(texts), r'"\\'), '"'))
    if pa.types.is_floating(kind):
        return _each(column, lambda numbers: _joined(before, _finite(numbers.cast(pa.float64()))))
    if pa.types.is_boolean(kind) and points.booleans_as_floats:
        return _each(column, lambda values: _joined(before, _text(values.cast(pa.int8()))))
    suffix = "u" if name in points.unsigned else "i" if points.keep_integers and pa.types.is_integer(kind) else ""
    return _each(column, lambda numbers: _joined(before, _text(numbers), suffix))


def _finite(numbers: pa.DoubleArray) -> pa.StringArray:
    """The numbers as text; null for NaN and infinities."""
    finite = pc.is_finite(numbers)
    texts = _text(numbers)
    return texts if pc.all(finite).as_py() is not False else pc.if_else(finite, texts, None)


def _moments(column: pa.Array, precision: str) -> tuple[pa.Array, pa.BooleanArray | None]:
    """The times in units of `precision`, and which of them InfluxDB cannot store; None if it can store all."""
    if isinstance(column, pa.DictionaryArray):
        numbers, outside = _moments(column.dictionary, precision)
        spread = None if outside is None else outside.take(column.indices)
        return pa.DictionaryArray.from_arrays(column.indices, numbers), spread
    kind, target = column.type, SECOND // PRECISIONS[precision]
    if pa.types.is_timestamp(kind):
        unit, numbers = UNITS[kind.unit], column.cast(pa.int64())
    elif pa.types.is_date(kind):
        unit, numbers = 86_400 * SECOND, column.cast(pa.date32()).cast(pa.int32()).cast(pa.int64())
    else:
        unit, numbers = target, column.cast(pa.int64())
    last = LAST_NANOSECOND // unit
    outside = pc.or_(pc.less(numbers, -last), pc.greater(numbers, last))
    if outside.true_count:
        numbers = pc.if_else(outside, None, numbers)
    else:
        outside = None
    if unit > target:
        return pc.multiply(numbers, unit // target), outside
    return (numbers if unit == target else _floor_divide(numbers, target // unit)), outside


def _floor_divide(numbers: pa.Int64Array, divisor: int) -> pa.Int64Array:
    """Arrow's division rounds towards zero, that is upwards before 1970."""
    quotients = pc.divide(numbers, divisor)
    rounded_up = pc.less(numbers, pc.multiply(quotients, divisor))
    return pc.subtract(quotients, rounded_up.cast(pa.int64()))


def _checks_of_keys(batch: pa.RecordBatch, points: Points, key: list[pa.Array | str]) -> Iterator[Check]:
    for name in points.key_columns:
        unusable = _where(batch[name], lambda texts: pc.match_substring_regex(_text(texts), UNUSABLE_IN_A_KEY))
        yield f"{name} holds a control character or ends in a backslash", unusable
    if points.measurement_column:
        yield f"{points.measurement_column} is missing or empty", _is_empty(batch[points.measurement_column])
    if sum(_longest(part) for part in key) > MAX_KEY_BYTES:
        together = pc.binary_join_element_wise(pa.repeat("", len(batch)), *key, "")
        longer = pc.greater(pc.binary_length(together), MAX_KEY_BYTES)
        yield f"measurement and tags have more than {MAX_KEY_BYTES:,} bytes", longer


def _problems(checks: list[Check]) -> pa.StringArray | None:
    """The first reason that applies to each row; None if none applies to any."""
    found = [(words, pc.fill_null(mask, False)) for words, mask in checks if mask is not None and mask.true_count]
    if not found:
        return None
    conditions = pa.StructArray.from_arrays([mask for _, mask in found], [str(at) for at in range(len(found))])
    return pc.case_when(conditions, *(pa.scalar(words) for words, _ in found))


def _kept(values: list[pa.StringArray], problems: pa.StringArray | None) -> pa.BooleanArray | None:
    """The rows without a problem that have a field; None if these are all rows."""
    masks = [] if problems is None else [problems.is_null()]
    if all(texts.null_count for texts in values):
        has_field = values[0].is_valid()
        for texts in values[1:]:
            has_field = pc.or_(has_field, texts.is_valid())
        masks.append(has_field)
    if not masks:
        return None
    kept = masks[0] if len(masks) == 1 else pc.and_(*masks)
    return None if kept.true_count == len(kept) else kept


def _where(column: pa.Array, of_distinct: Texts) -> pa.BooleanArray | None:
    """The rows whose value fulfils a condition; None if it is none."""
    if isinstance(column, pa.DictionaryArray):
        found = of_distinct(column.dictionary)
        return found.take(column.indices) if found.true_count else None
    found = _each(column, of_distinct)
    return found if found.true_count else None


def _each(column: pa.Array, of_distinct: Texts) -> pa.Array:
    """`of_distinct` of each value, computed once for each distinct value if values repeat. Null stays null."""
    if not isinstance(column, pa.DictionaryArray):
        start = column.slice(0, SAMPLE)
        if pa.types.is_null(column.type) or (len(column) > SAMPLE and len(pc.unique(start)) > SAMPLE // 2):
            return of_distinct(column)
        column = column.dictionary_encode()
    return of_distinct(column.dictionary).take(column.indices)


def _filled(column: pa.Array, of_distinct: Texts) -> pa.StringArray:
    """The same for the texts of the values; an empty text for null."""
    texts = _each(column, lambda values: of_distinct(_text(values)))
    return pc.fill_null(texts, "") if texts.null_count else texts


def _is_empty(column: pa.Array) -> pa.BooleanArray:
    return pc.fill_null(_each(column, lambda texts: pc.equal(_text(texts), "")), True)


def _is_negative(numbers: pa.Array) -> pa.BooleanArray:
    return pc.less(numbers, 0)


def _longest(part: pa.Array | str) -> int:
    if isinstance(part, str):
        return len(part.encode())
    return pc.max(pc.binary_length(part)).as_py() or 0


def _value_type(column: pa.Array) -> pa.DataType:
    return column.type.value_type if isinstance(column, pa.DictionaryArray) else column.type


def _text(values: pa.Array) -> pa.StringArray:
    return values if pa.types.is_string(values.type) else values.cast(pa.string())


def _joined(before: str, texts: pa.StringArray, after: str = "") -> pa.StringArray:
    return pc.binary_join_element_wise(before, texts, *([after] if after else []), "")


def _escaped(texts: pa.StringArray, special: str) -> pa.StringArray:
    return pc.replace_substring_regex(texts, f"([{special}])", r"\\\1")


def _escaped_name(name: str, special: str) -> str:
    return "".join(f"\\{character}" if character in special else character for character in name)
