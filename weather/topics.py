"""The topics other than KAFKA_TOPIC, which carries hourly readings."""

from __future__ import annotations

STATIONS = "stations"
"""Days of simulated stations as protobuf `weather.report.Report`, keyed by station."""

STATIONS_JSON = "stations-json"
"""The same days as JSON, with `raining` 0 or 1."""

TEMPERATURES = "temperatures"
"""Rows of the SQL table (`weather.station_report.Report`, keyed by station) or days of the single place
(`weather.place_report.Report`, keyed by the name of the month)."""

LATE = "late"
"""Header of a row of TEMPERATURES that the database committed after rows with higher ids."""

DAILY = "daily"
"""Days of real stations, computed from hourly readings: the JSON of STATIONS_JSON with `minimum` and `maximum`."""

FORECASTS = "forecasts"
"""Predictions for a station's next day, as JSON, keyed by station."""

INPUT_DATA = "InputData"
"""Rows of USCRN's 5-minute files as JSON, file after file, keyed by station."""

PARTITIONED = "Partitioned"
"""The same rows, all stations merged by time, each station in its own partition."""

OUTPUT = "Output"
"""Hourly means of each station as JSON, keyed by station. They are computed from both topics above."""

OUTLIERS = "Outliers"
"""Air temperatures that are impossible or look wrong, as JSON, keyed by station."""

MAX_TEMP = "MaxTemp"
"""The hottest station of each hour as JSON, keyed by station. It is computed from Partitioned."""

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
