"""The reading: one station's observation of one hour. Everything else is derived from this list.

Names, units and meanings of the source columns: Météo-France, "Données climatologiques de base - horaires",
description of the fields (H_descriptif_champs.csv).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

MEASUREMENT = "meteo"
"""InfluxDB measurement of the readings."""

DAILY_MEASUREMENT = "meteo_daily"
"""InfluxDB measurement of each station's days."""

DAILY_STATE = f"{DAILY_MEASUREMENT}_state"
"""InfluxDB measurement without tags. Per day: the readings that were counted, and the readings in the computed day."""

STATION_ID = "NUM_POSTE"
STATION_NAME = "NOM_USUEL"
HOUR = "AAAAMMJJHH"
HOUR_FORMAT = "%Y%m%d%H"

END_OF_STREAM = b"end-of-stream"
"""Key of the record that follows the last reading of a stream. Its value is JSON with the newest hour under HOUR."""

REPLACES = "REPLACES"
"""Key of a message, with the value 1, whose row replaces an earlier one of the same station and hour, under any name. A
row that was withdrawn has no measured field."""

TAGS = {"station": STATION_NAME, "station_id": STATION_ID}
"""InfluxDB tag → source column."""


@dataclass(frozen=True)
class Field:
    """One number of a reading: its source column, its InfluxDB field, its unit and its meaning."""

    source: str
    name: str
    unit: str
    meaning: str
    daily: str = ""
    """How the hours of a day are aggregated: mean, min, max or sum; empty if none of them makes sense."""


PLACE = (
    Field("LAT", "LAT", "degrees", "latitude, negative south of the equator"),
    Field("LON", "LON", "degrees", "longitude, negative west of Greenwich"),
)

MEASURED = (
    Field("T", "Temperature", "°C", "air temperature at the hour", "mean"),
    Field("TN", "T_min", "°C", "lowest air temperature in the hour", "min"),
    Field("TX", "T_max", "°C", "highest air temperature in the hour", "max"),
    Field("RR1", "Precipitations", "mm", "rain in the hour", "sum"),
    Field("DRR1", "Precipitations_dur", "min", "duration of the rain in the hour", "sum"),
    Field("FF", "Wind_speed", "m/s", "mean wind of 10 minutes at 10 m", "mean"),
    Field("DD", "Wind_dir", "degrees", "direction the wind comes from; 0 is calm, 360 is north"),
    Field("UN", "Humidity_min", "%", "lowest relative humidity in the hour", "min"),
    Field("UX", "Humidity_max", "%", "highest relative humidity in the hour", "max"),
    Field("PSTAT", "Pressure", "hPa", "pressure at the station", "mean"),
    Field("VV", "Visibility", "m", "visibility", "min"),
)

FIELDS = PLACE + MEASURED
"""All numbers of a reading, in the order in which they are written."""

MESSAGE_COLUMNS = (STATION_ID, STATION_NAME, "LAT", "LON", HOUR, *(field.source for field in MEASURED))
"""Keys of a Kafka message, in order: the column names of the source."""


def parse_hour(text: str) -> datetime:
    """The UTC hour of an `AAAAMMJJHH` text such as `2014010100`. Raise ValueError if the text is no such hour."""
    if len(text) != 10 or not text.isascii() or not text.isdigit():
        raise ValueError(f"{text!r} is not an hour written as YYYYMMDDHH")
    return datetime.strptime(text, HOUR_FORMAT).replace(tzinfo=UTC)
