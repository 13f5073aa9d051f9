"""Readings → InfluxDB line protocol, by Spark SQL expressions.

Specification: InfluxDB v2, "Line protocol": `measurement,tag=value field=1.0 timestamp`; commas, equals signs
and spaces of a tag value are escaped by a backslash. Tags are sorted, numbers are written as floats, a missing
number is left out, the timestamp is in whole seconds.
"""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column
from pyspark.sql import functions as F


def line(measurement: str, tags: Sequence[str], fields: Sequence[str], time: str) -> Column:
    """One line per row from columns of these names: tags of non-empty text, fields of doubles, at least one present."""
    head = [F.lit(measurement)]
    for tag in sorted(tags):
        head += [F.lit(f",{tag}="), _escaped(F.col(tag))]
    numbers = [F.concat(F.lit(f"{name}="), F.col(name).cast("string")) for name in fields]
    seconds = F.unix_seconds(F.col(time)).cast("string")
    return F.concat(*head, F.lit(" "), F.concat_ws(",", *numbers), F.lit(" "), seconds)


def _escaped(text: Column) -> Column:
    return F.regexp_replace(text, r"([,= ])", r"\\$1")
