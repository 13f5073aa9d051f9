"""Descriptions of tables: what a TOML file may say, and how errors in it are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from testing.environment import ROOT
from weather.description import toml
from weather.description.model import Description
from weather.errors import SettingsError

EXAMPLES = ROOT / "examples" / "own_data"
SMALL = """measurement = "greenhouse"
[time]
column = "at"
[key]
column = "sensor"
[[quantity]]
column = "Temp"
name = "temperature"
"""


def load(folder: Path, text: str) -> Description:
    file = folder / "my.toml"
    file.write_text(text, encoding="utf-8")
    return toml.load(file)


def test_what_is_not_said_has_a_default(tmp_path: Path) -> None:
    found = load(tmp_path, SMALL)
    assert (found.title, found.topic, found.format, found.delimiter) == ("Greenhouse", "greenhouse", "csv", ",")
    assert (found.time.format, str(found.time.zone), found.key.columns, found.has_places) == (
        "iso", "UTC", ("sensor",), False,
    )  # fmt: skip
    [quantity] = found.quantities
    assert (quantity.column, quantity.name, quantity.title, quantity.unit) == ("Temp", "temperature", "Temperature", "")
    assert found.used_columns == ("at", "sensor", "Temp")


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.stem)
def test_the_examples_are_valid(file: Path) -> None:
    assert toml.load(file).quantities


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('measurement = "greenhouse"', "", "measurement: is missing"),
        ('measurement = "greenhouse"', 'measurement = "meteo"', "measurement: meteo belongs to another source"),
        ('measurement = "greenhouse"', 'measurement = "my data"', "measurement: 'my data' may have letters, digits"),
        ("[time]", 'topic = "daily"\n[time]', "topic: daily belongs to another source"),
        ("[time]", 'format = "xml"\n[time]', "format: 'xml' is neither 'csv' nor 'ndjson'"),
        ("[time]", 'delimiter = "||"\n[time]', r"delimiter: '\|\|' is neither one character nor \"whitespace\""),
        ("[time]", "skip = -1\n[time]", "skip: -1 is not a whole number, 0 or more"),
        ("[time]", 'colour = "red"\n[time]', "colour: there is no such key"),
        ("[time]", 'columns = ["at", "sensor"]\n[time]', "columns: Temp is not among them"),
        ("[time]", '[place]\nlatitude = "lat"\n[time]', r"place\.latitude: latitude and longitude belong together"),
        ("[time]", '[tags]\nstation = "x"\n[time]', r"tags\.station: the name station has a meaning of its own"),
        ("[time]", '[tags]\ntemperature = "x"\n[time]', "quantity: the name temperature is used twice"),
        ('column = "at"', "", r"time\.column: is missing"),
        ('column = "at"', 'column = "at"\nzone = "Mars/Base"', r"time\.zone: this machine knows no time zone"),
        ('column = "at"', 'column = "at"\nformat = "soon"', r"time\.format: 'soon' is neither"),
        ('column = "sensor"', "", r"key\.column: a row needs either `column` or"),
        ('column = "sensor"', 'column = "sensor"\nvalue = "x"', r"key\.column: a row needs either `column` or"),
        ('name = "temperature"', 'label = "temperature"', "quantity 1: label: there is no such key"),
        ('name = "temperature"', 'name = "1st"', "quantity 1: name: '1st' may have letters, digits and _ only"),
        ('name = "temperature"', 'name = "LAT"', "quantity 1: name: the name LAT has a meaning of its own"),
        ('name = "temperature"', 'quality = "ok"', "quantity 1: quality: `quality`, a column, and `good`"),
        ('column = "Temp"', "", "quantity 1: column: is missing"),
        ("[[quantity]]", "[quantity]", "quantity: there must be one or more"),
        ("[time]", "[time", "not valid TOML"),
    ],
)  # fmt: skip
def test_an_error_names_the_file_and_the_key(tmp_path: Path, old: str, new: str, words: str) -> None:
    assert old in SMALL
    with pytest.raises(SettingsError, match=words) as told:
        load(tmp_path, SMALL.replace(old, new, 1))
    assert "my.toml" in str(told.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"CSV_DESCRIPTION=.*none\.toml: cannot be read"):
        toml.load(tmp_path / "none.toml")
