"""The titles of the dashboards, in the order in which they are listed and linked. Standard library only."""

from __future__ import annotations

TITLES = {
    "overview": "Weather overview",
    "station": "Station",
    "meteo": "Meteo",
    "statistics": "Station statistics",
    "predictions": "Predictions",
    "uscrn": "USCRN",
    "pipeline": "Pipeline health",
}
"""Uid → title of every dashboard."""
