"""How the columns of a DataFrame become points."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa

from spark_influxdb.errors import OptionError

PRECISIONS = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""Precision of a time → units per second."""

SKIP, FAIL = "skip", "fail"


@dataclass(frozen=True)
class Points:
    """The parts of a point, as columns.

    The measurement is a constant or a column. `fields` are all other columns by default. Numbers and decimals become
    floats; with `keep_integers`, integers stay integers, and those of `unsigned` are unsigned. Booleans stay booleans,
    or become 0 and 1 with `booleans_as_floats`. Strings stay strings. The time is a timestamp, a date (00:00 UTC), or
    an integer in units of `precision`.

    A null or an empty string is no tag, and a null is no field: it is left out. A row without any field is no point,
    and is left out too. NaN and infinities, which InfluxDB cannot store, are left out like nulls. With `missing`
    = "fail", each of these is an error.
    """

    measurement: str = ""
    measurement_column: str = ""
    tags: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    time: str = "time"
    precision: str = "ns"
    keep_integers: bool = False
    booleans_as_floats: bool = False
    unsigned: tuple[str, ...] = ()
    missing: str = SKIP

    def __post_init__(self) -> None:
        if bool(self.measurement) == bool(self.measurement_column):
            raise OptionError("give either a constant `measurement` or a `measurement_column`")
        if self.precision not in PRECISIONS:
            raise OptionError(f"precision {self.precision!r} is not one of {', '.join(PRECISIONS)}")
        if self.missing not in (SKIP, FAIL):
            raise OptionError(f"missing {self.missing!r} is neither {SKIP} nor {FAIL}")
        given = [*self.key_columns, *self.fields, self.time]
        if twice := sorted({name for name in given if given.count(name) > 1}):
            raise OptionError(f"the column {twice[0]!r} has two roles")
        for name in (self.measurement, *self.tags, *self.fields):
            check_name(name)

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the tags and of the measurement."""
        return (*self.tags, self.measurement_column) if self.measurement_column else self.tags

    def columns(self, schema: pa.Schema) -> tuple[str, ...]:
        """The columns of the fields. Raise OptionError if a column is missing or has a type that does not fit."""
        named = [*self.key_columns, *self.fields, self.time]
        if missing := [name for name in named if name not in schema.names]:
            raise OptionError(f"there is no column {missing[0]!r}; there are {', '.join(schema.names)}")
        fields = self.fields or tuple(name for name in schema.names if name not in named)
        if not fields:
            raise OptionError("no column is left for a field")
        for name in fields:
            check_name(name)
            _check(name, schema.field(name).type, "a field", _FITS_FIELD)
        _check(self.time, schema.field(self.time).type, "the time", _FITS_TIME)
        for name in self.key_columns:
            _check(name, schema.field(name).type, "a tag or a measurement", _FITS_TAG)
        if unknown := [name for name in self.unsigned if name not in fields]:
            raise OptionError(f"unsigned {unknown[0]!r} is no field")
        return fields


def check_name(name: str) -> None:
    """Raise OptionError if line protocol cannot express the name of a measurement, a tag or a field."""
    if any(character < " " or character == "\x7f" for character in name):
        raise OptionError(f"the name {name!r} contains a control character")
    if name.endswith("\\"):
        raise OptionError(f"the name {name!r} ends in a backslash")
    if name in ("_measurement", "_field", "_time"):
        raise OptionError(f"InfluxDB reserves the name {name!r}")


def _check(name: str, kind: pa.DataType, role: str, fits: Iterable[Callable[[pa.DataType], bool]]) -> None:
    value = kind.value_type if pa.types.is_dictionary(kind) else kind
    if not any(one(value) for one in fits):
        raise OptionError(f"the column {name!r} of type {kind} cannot be {role}: convert it")


_FITS_FIELD = (
    pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean, pa.types.is_string,
    pa.types.is_large_string, pa.types.is_null,
)  # fmt: skip
_FITS_TIME = (pa.types.is_timestamp, pa.types.is_date, pa.types.is_integer)
_FITS_TAG = (
    pa.types.is_string, pa.types.is_large_string, pa.types.is_integer, pa.types.is_boolean, pa.types.is_date,
    pa.types.is_null,
)  # fmt: skip
