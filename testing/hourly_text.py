"""Hourly files in the layout of Météo-France, as short as a test needs."""

from __future__ import annotations

from weather.reading import MEASURED, MESSAGE_COLUMNS

MEASURED_COLUMNS = [field.source for field in MEASURED]
COLUMNS = ["NUM_POSTE", "NOM_USUEL", "LAT", "LON", "ALTI", "AAAAMMJJHH"]
COLUMNS += [name for column in MEASURED_COLUMNS for name in (column, f"Q{column}")]
HEADER = (";".join(COLUMNS) + "\n").encode()

STATION = {"NUM_POSTE": "01014002", "NOM_USUEL": "ARBENT", "LAT": "46.278167", "LON": "5.669000", "ALTI": "534"}
assert set(MESSAGE_COLUMNS) <= set(COLUMNS)


def line(hour: str = "2014010100", **cells: str) -> bytes:
    """One row, of station ARBENT by default. Cells that are not given are empty."""
    values = {**STATION, "AAAAMMJJHH": hour, **cells}
    return (";".join(values.get(column, "") for column in COLUMNS) + "\n").encode()
