"""Readings → InfluxDB line protocol, column by column.

Specification: InfluxDB v2, "Line protocol": `measurement,tag=value field=1 timestamp`. Commas, equals signs and spaces
in a tag value are escaped by a backslash. Tags are sorted, a number without a suffix is a float, a missing number is
left out, and the timestamp is in whole seconds.

Stations, hours and many numbers are repeated. So the slow steps (escaping, formatting a number) run once for each
distinct value.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from spark_app.readings.parse import Readings, spread


def lines(measurement: str, readings: Readings) -> pa.StringArray:
    """One line per valid reading. (Arrow's join loses a row of nulls only, but a valid reading has a number.)"""
    parts = [
        spread(column, _joined(f",{tag}=", _escaped(column.dictionary)))
        for tag, column in sorted(readings.tags.items())
    ]
    numbers = [_numbers(name, column) for name, column in readings.fields.items()]
    fields = pc.binary_join_element_wise(*numbers, ",", null_handling="skip")
    seconds = spread(readings.seconds, _joined(" ", readings.seconds.dictionary.cast(pa.string())))
    return pc.binary_join_element_wise(measurement, *parts, " ", fields, seconds, "")


def _numbers(name: str, column: pa.DoubleArray) -> pa.StringArray:
    distinct = column.dictionary_encode()
    return spread(distinct, _joined(f"{name}=", distinct.dictionary.cast(pa.string())))


def _escaped(texts: pa.StringArray) -> pa.StringArray:
    return pc.replace_substring_regex(texts, r"([,= ])", r"\\\1")


def _joined(prefix: str, texts: pa.StringArray) -> pa.StringArray:
    return pc.binary_join_element_wise(prefix, texts, "")
