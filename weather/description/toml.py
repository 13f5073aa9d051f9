"""A TOML file → a description. docs/own-data.md explains every key."""

from __future__ import annotations

import re
import tomllib
from datetime import UTC, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from weather import daily, reading, topics, uscrn
from weather.description.model import CSV, ISO, NDJSON, UNIX, UNIX_MS, WHITESPACE, Description, Key, Quantity, Time
from weather.description.table import NAME, Table
from weather.errors import SettingsError

TAKEN_MEASUREMENTS = (
    reading.MEASUREMENT, reading.DAILY_MEASUREMENT, reading.DAILY_STATE, daily.STATISTICS, daily.FORECAST,
    daily.TRAINING, daily.MODELS, uscrn.HOURLY, uscrn.OUTLIERS, uscrn.HOTTEST,
)  # fmt: skip
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")

_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,200}")


def load(file: Path) -> Description:
    """The description in a TOML file. Raise SettingsError, naming the file and the key, if it is not valid."""
    try:
        with file.open("rb") as opened:
            given = Table(file, "", tomllib.load(opened))
    except OSError as error:
        raise SettingsError(f"CSV_DESCRIPTION={file}: cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"CSV_DESCRIPTION={file}: not valid TOML: {error}") from None
    found = _description(file, given)
    given.no_other_keys()
    return found


def _description(file: Path, given: Table) -> Description:
    measurement = given.text("measurement", form=NAME)
    if measurement in TAKEN_MEASUREMENTS:
        raise given.error("measurement", f"{measurement} belongs to another source: choose another name")
    topic = given.text("topic", measurement, _TOPIC)
    if topic in topics.PARTITIONS or topic == reading.MEASUREMENT or topic.endswith(".dlq"):
        raise given.error("topic", f"{topic} belongs to another source: choose another name")
    form = given.choice("format", CSV, NDJSON)
    delimiter = given.text("delimiter", ",")
    if delimiter != WHITESPACE and len(delimiter) != 1:
        raise given.error("delimiter", f'{delimiter!r} is neither one character nor "{WHITESPACE}"')
    columns = given.texts("columns", ())
    missing = frozenset(given.texts("missing", ()))
    place = given.table("place", {})
    latitude, longitude = place.text("latitude", ""), place.text("longitude", "")
    if bool(latitude) != bool(longitude):
        raise place.error("latitude", "latitude and longitude belong together")
    place.no_other_keys()
    tags = _tags(given.table("tags", {}))
    found = Description(
        file=file,
        title=given.text("title", measurement.replace("_", " ").capitalize()),
        measurement=measurement,
        topic=topic,
        format=form,
        delimiter=delimiter,
        decimal=given.choice("decimal", ".", ","),
        encoding=given.choice("encoding", "utf-8", "latin-1"),
        skip=given.number("skip", 0),
        columns=columns,
        missing=missing,
        time=_time(given.table("time")),
        key=_key(given.table("key")),
        latitude=latitude,
        longitude=longitude,
        tags=tags,
        quantities=tuple(_quantity(each, missing) for each in given.tables("quantity")),
    )
    names = [*tags, *found.field_names]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise given.error("quantity", f"the name {twice[0]} is used twice")
    if columns and (unknown := [name for name in found.used_columns if name not in columns]):
        raise given.error("columns", f"{unknown[0]} is not among them")
    return found


def _time(given: Table) -> Time:
    name = given.text("zone", "UTC")
    try:
        zone: tzinfo = UTC if name == "UTC" else ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise given.error("zone", f"this machine knows no time zone {name!r}; one is Europe/Paris") from None
    form = given.text("format", ISO)
    if form not in (ISO, UNIX, UNIX_MS) and "%" not in form:
        raise given.error(
            "format", f'{form!r} is neither "{ISO}", "{UNIX}", "{UNIX_MS}" nor a format such as "%d.%m.%Y %H:%M"'
        )
    found = Time(given.texts("column"), form, zone)
    given.no_other_keys()
    return found


def _key(given: Table) -> Key:
    columns, value = given.texts("column", ()), given.text("value", "")
    if bool(columns) == bool(value):
        raise given.error("column", "a row needs either `column` or, if all rows are of one sensor, `value`")
    found = Key(columns, value, given.text("label", ""))
    given.no_other_keys()
    return found


def _tags(given: Table) -> dict[str, str]:
    found = {name: given.text(name) for name in given.names()}
    for name in found:
        given.check_name(name, name)
    return found


def _quantity(given: Table, missing: frozenset[str]) -> Quantity:
    column = given.text("column")
    name = given.text("name", column, NAME)
    given.check_name("name", name)
    quality, good = given.text("quality", ""), frozenset(given.texts("good", ()))
    if bool(quality) != bool(good):
        raise given.error("quality", "`quality`, a column, and `good`, its good codes, belong together")
    found = Quantity(
        column=column,
        name=name,
        title=given.text("title", name.replace("_", " ").capitalize()),
        unit=given.text("unit", ""),
        missing=missing | frozenset(given.texts("missing", ())),
        quality=quality,
        good=good,
    )
    given.no_other_keys()
    return found
