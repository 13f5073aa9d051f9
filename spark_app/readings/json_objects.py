"""JSON messages → a table, a whole Arrow batch at once.

The JSON of a batch is parsed in one piece, many times as fast as message by message. A piece that does not parse is
halved until the invalid messages are found, so that the same parser checks valid and invalid messages.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import json

_BETWEEN = b"\t"
"""Separates messages that are parsed together: white space in JSON that cannot be part of a JSON string."""


def parsed(messages: pa.BinaryArray, schema: pa.Schema) -> tuple[pa.Table, pa.BooleanArray]:
    """A row of `schema` for each message, and whether the message is an object with its types. Other keys are ignored.

    The columns of a message that is no such object are null.
    """
    objects = pc.fill_null(pc.and_(pc.starts_with(messages, b"{"), pc.ends_with(messages, b"}")), False)
    if objects.true_count == len(messages):
        return _halved(messages, schema)
    table, is_object = _halved(messages.filter(objects), schema)
    others = [_alone(message, schema) for message in messages.filter(pc.invert(objects)).to_pylist()]
    rows = [_nothing(schema) if row is None else row for row in others]
    mask = pa.concat_arrays([is_object, pa.array([row is not None for row in others])])
    order = pc.sort_indices(pc.sort_indices(pc.invert(objects)))  # the inverse permutation: where each message went
    return pa.concat_tables([table, *rows]).take(order), mask.take(order)


def _halved(messages: pa.BinaryArray, schema: pa.Schema) -> tuple[pa.Table, pa.BooleanArray]:
    """The same for messages that begin with `{` and end with `}`."""
    if (table := _together(messages, schema)) is not None:
        return table, pa.repeat(True, len(messages))
    if len(messages) == 1:
        row = _alone(messages[0].as_py(), schema)
        return _nothing(schema) if row is None else row, pa.array([row is not None])
    half = len(messages) // 2
    parts = [_halved(part, schema) for part in (messages.slice(0, half), messages.slice(half))]
    return pa.concat_tables([table for table, _ in parts]), pa.concat_arrays([mask for _, mask in parts])


def _together(messages: pa.BinaryArray, schema: pa.Schema) -> pa.Table | None:
    """A row for each message; None if this is not certain.

    Each message begins with `{` and ends with `}`, so no object can span two messages. If there are as many rows as
    messages, each message is one row.
    """
    if not len(messages):
        return schema.empty_table()
    whole = pa.ListArray.from_arrays(pa.array([0, len(messages)], pa.int32()), messages)
    table = _read(pc.binary_join(whole, _BETWEEN)[0].as_buffer(), schema, newlines_in_values=False)
    return table if table is not None and len(table) == len(messages) else None


def _alone(message: bytes | None, schema: pa.Schema) -> pa.Table | None:
    """The row of one message; None if it is not one such object."""
    if not message or not message.lstrip().startswith(b"{"):
        return None
    table = _read(pa.py_buffer(message), schema, newlines_in_values=True)
    return table if table is not None and len(table) == 1 else None


def _read(text: pa.Buffer, schema: pa.Schema, *, newlines_in_values: bool) -> pa.Table | None:
    """The rows of a text of JSON objects; None if one of them does not have the types of schema or is not UTF-8.

    A text with a NUL is invalid, because the parser takes a NUL for the end of the text and silently drops what
    follows.
    """
    if _has_nul(text):
        return None
    parsing = json.ParseOptions(schema, newlines_in_values, unexpected_field_behavior="ignore")
    reading = json.ReadOptions(use_threads=False, block_size=len(text) + 1)
    try:
        table = json.read_json(pa.BufferReader(text), reading, parsing)
        for name in schema.names:
            if pa.types.is_string(schema.field(name).type):
                table[name].validate(full=True)
    except pa.ArrowInvalid:
        return None
    return table


def _has_nul(text: pa.Buffer) -> bool:
    return len(text) > 0 and not np.frombuffer(text, np.uint8).all()


def _nothing(schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pylist([{}], schema)
