"""The topics beside KAFKA_TOPIC, which carries hourly readings."""

from __future__ import annotations

STATIONS = "stations"
"""Days of simulated stations as protobuf `weather.report.Report`, keyed by the station."""

STATIONS_JSON = "stations-json"
"""The same days as JSON, with `raining` 0 or 1."""

TEMPERATURES = "temperatures"
"""Rows of the SQL table (`weather.station_report.Report`, keyed by the station) or days of the one place
(`weather.place_report.Report`, keyed by the month's name)."""

DAILY = "daily"
"""Days of real stations, made of their hourly readings: the JSON of STATIONS_JSON with `minimum` and `maximum`."""

FORECASTS = "forecasts"
"""What is predicted for a station's coming day, as JSON, keyed by the station."""

INPUT_DATA = "InputData"
"""Rows of USCRN's 5-minute files as JSON, file after file, keyed by the station."""

PARTITIONED = "Partitioned"
"""The same rows, all stations at once, each in a partition of its own."""

OUTPUT = "Output"
"""Hourly means of each station as JSON, keyed by the station; made of both topics above."""

OUTLIERS = "Outliers"
"""Air temperatures that cannot be right, or look wrong, as JSON, keyed by the station."""

MAX_TEMP = "MaxTemp"
"""The hottest station of each hour as JSON, keyed by the station; made of Partitioned."""

USCRN_RESULTS = (OUTPUT, OUTLIERS, MAX_TEMP)

PARTITIONS = {
    STATIONS: 6,
    STATIONS_JSON: 6,
    TEMPERATURES: 4,
    DAILY: 4,
    FORECASTS: 4,
    INPUT_DATA: 3,
    PARTITIONED: 3,
    **dict.fromkeys(USCRN_RESULTS, 3),
}
