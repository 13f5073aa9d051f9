"""The dashboards by name, in the order in which they are offered and linked. Needs the standard library only."""

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
"""Every dashboard's uid and title."""
