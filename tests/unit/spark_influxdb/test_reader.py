"""Which queries a read sends: slices of time, and the filters that are pushed down."""

from __future__ import annotations

from datetime import UTC, datetime

from pyspark.sql import datasource, types
from pyspark.sql.types import StructType

from spark_influxdb.options import read_options
from spark_influxdb.reader import NANOSECONDS, Reader, Slice, quoted

GIVEN = {
    "url": "http://localhost:8086", "org": "o", "bucket": "b", "token": "s3cret", "measurement": "m",
    "start": "1970-01-01", "stop": "1970-01-01T00:00:40",
}  # fmt: skip
SCHEMA = (
    StructType()
    .add("time", types.TimestampType())
    .add("tag", types.StringType(), True, {"tag": True})
    .add("x", types.DoubleType())
)


def reader(**changes: str) -> Reader:
    return Reader(read_options(GIVEN | changes), SCHEMA)


def slices(one: Reader) -> list[tuple[float, float]]:
    """In seconds."""
    return [(part.start / NANOSECONDS, part.stop / NANOSECONDS) for part in one.partitions() if isinstance(part, Slice)]


def moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def test_the_range_is_divided_into_slices_without_gaps() -> None:
    assert slices(reader()) == [(0, 10), (10, 20), (20, 30), (30, 40)]
    assert slices(reader(partitions="1")) == [(0, 40)]


def test_filters_on_the_time_narrow_the_range_and_stay_with_spark() -> None:
    one = reader(partitions="1")
    filters = [
        datasource.GreaterThanOrEqual(("time",), moment(10)),
        datasource.LessThan(("time",), moment(20)),
        datasource.GreaterThan(("x",), 1.0),
    ]
    assert list(one.pushFilters(filters)) == filters
    assert slices(one) == [(10, 20.000001)], "a microsecond more, because Spark rounds times down"


def test_a_range_without_any_time_has_no_query() -> None:
    one = reader()
    list(one.pushFilters([datasource.GreaterThan(("time",), moment(50))]))
    assert all(list(one.read(part)) == [] for part in one.partitions())


def test_filters_on_tags_are_part_of_the_query() -> None:
    one = reader(fields="x")
    list(one.pushFilters([datasource.EqualTo(("tag",), 'a "b"'), datasource.In(("tag",), ("c", "d"))]))
    flux = one._flux(Slice(1, 2))
    for part in (
        "range(start: time(v: 1), stop: time(v: 2))", 'r._measurement == "m"', r'r["tag"] == "a \"b\""',
        'r["tag"] == "c" or r["tag"] == "d"', 'r["_field"] == "x"',
    ):  # fmt: skip
        assert part in flux, flux
    assert "s3cret" not in flux


def test_a_filter_on_a_field_or_on_an_unknown_column_is_no_condition() -> None:
    one = reader()
    list(one.pushFilters([datasource.EqualTo(("x",), 1.0), datasource.EqualTo(("other",), "a")]))
    assert one._asked.tags == []


def test_texts_are_quoted_for_flux() -> None:
    assert quoted('a "b" \\ ${c}') == r'"a \"b\" \\ \${c}"'
