"""The row of a USCRN 5-minute file, and the limits of an air temperature. Everything else is derived from this.

Names, order and units of the columns: NOAA/NCEI, "U.S. Climate Reference Network, sub-hourly product", HEADERS.txt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

STATION = "WBANNO"
UTC_DATE, UTC_TIME = "UTC_DATE", "UTC_TIME"
LOCAL_DATE, LOCAL_TIME = "LST_DATE", "LST_TIME"
LATITUDE, LONGITUDE = "LATITUDE", "LONGITUDE"
TEMPERATURE = "AIR_TEMPERATURE"
SOURCE_FILE = "source_file"
"""Added to the columns of a message: the name of the row's file."""

DATE, TIME = "date", "time"
"""Types of columns that stay text and keep their leading zeros, such as `20210101` and `0005`."""


@dataclass(frozen=True)
class Column:
    """One column of a row: its name, its type (int, float, str, DATE or TIME), its unit and its meaning."""

    name: str
    type: type[int] | type[float] | type[str] | str
    unit: str
    meaning: str


COLUMNS = (
    Column(STATION, int, "", "number of the station"),
    Column(UTC_DATE, DATE, "", "day of the end of the five minutes, UTC"),
    Column(UTC_TIME, TIME, "", "end of the five minutes, UTC"),
    Column(LOCAL_DATE, DATE, "", "the same day in local standard time, which has no daylight saving"),
    Column(LOCAL_TIME, TIME, "", "the same time in local standard time"),
    Column("CRX_VN", float, "", "version of the data logger's program"),
    Column(LONGITUDE, float, "degrees", "longitude, negative west of Greenwich"),
    Column(LATITUDE, float, "degrees", "latitude, negative south of the equator"),
    Column(TEMPERATURE, float, "°C", "mean air temperature of the five minutes"),
    Column("PRECIPITATION", float, "mm", "rain of the five minutes"),
    Column("SOLAR_RADIATION", float, "W/m²", "mean solar radiation"),
    Column("SR_FLAG", int, "", "quality of the solar radiation: 0 good, 3 bad"),
    Column("SURFACE_TEMPERATURE", float, "°C", "mean temperature of the ground's surface"),
    Column("ST_TYPE", str, "", "kind of the surface temperature: R raw, C corrected, U unknown"),
    Column("ST_FLAG", int, "", "quality of the surface temperature: 0 good, 3 bad"),
    Column("RELATIVE_HUMIDITY", float, "%", "mean relative humidity"),
    Column("RH_FLAG", int, "", "quality of the relative humidity: 0 good, 3 bad"),
    Column("SOIL_MOISTURE_5", float, "m³/m³", "soil moisture 5 cm below the surface"),
    Column("SOIL_TEMPERATURE_5", float, "°C", "soil temperature 5 cm below the surface"),
    Column("WETNESS", float, "ohm", "wetness by electrical resistance"),
    Column("WET_FLAG", int, "", "quality of the wetness: 0 good, 3 bad"),
    Column("WIND_1_5", float, "m/s", "mean wind 1.5 m above the ground"),
    Column("WIND_FLAG", int, "", "quality of the wind: 0 good, 3 bad"),
)

MISSING = (-9999.0, -99999.0, -99.0)
"""Values that mean a missing air temperature. All of them are outside the limits."""
COLDEST, WARMEST = -60.0, 60.0
"""An air temperature below or above these limits, in °C, is invalid."""

EVERY_MINUTES = 5
"""Minutes between two rows of a station: twelve rows an hour."""

HOURLY, OUTLIERS, HOTTEST = "hourly_temperature", "outliers", "hottest_station"
"""InfluxDB measurements of the results of job `uscrn`."""

HEADER_LAST = "last"
"""Kafka header of a station's last row in a stream: no row follows, so its last hour is complete."""
HEADER_STATIONS = "stations"
"""Kafka header of each row in topic `Partitioned`: the station numbers of the stream, separated by spaces."""
HEADER_STREAM = "stream"
"""Kafka header of each row in topic `Partitioned`: its stream. Other files or another date are another stream."""


def parse_moment(date: str, time: str) -> datetime:
    """The time of a date such as `20210101` and a time such as `0005`. Raise ValueError if either is invalid."""
    for text, length in ((date, 8), (time, 4)):
        if len(text) != length or not text.isascii() or not text.isdigit():
            raise ValueError(f"{text!r} is not written in {length} digits")
    return datetime(int(date[:4]), int(date[4:6]), int(date[6:]), int(time[:2]), int(time[2:]))
