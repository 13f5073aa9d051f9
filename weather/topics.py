"""The topics that carry reports of days and forecasts, beside KAFKA_TOPIC, which carries hourly readings."""

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

PARTITIONS = {STATIONS: 6, STATIONS_JSON: 6, TEMPERATURES: 4, DAILY: 4, FORECASTS: 4}
