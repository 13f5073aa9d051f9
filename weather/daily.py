"""What a daily report is: one station's day. Simulated stations send it, real ones' are made of hourly readings."""

from __future__ import annotations

RAINY_FROM = 0.2
"""A day is rainy on which more than so many millimetres fell."""

MAX_DEGREES = 1e9
"""No temperature in any unit."""

SPARK_SCHEMA = (
    "station STRING, date STRING, degrees DOUBLE, raining INT, minimum DOUBLE, maximum DOUBLE, LAT DOUBLE, LON DOUBLE"
)
"""A report's JSON: date YYYY-MM-DD, degrees the day's mean, raining 0 or 1; simulated stations know no extremes."""

PLACE = ("LAT", "LON")
"""Where the station stands, in degrees north and east; a report may lack it."""

STATISTICS_FIELDS = ("start", "measurements", "avg", "min", "max", "rainy_share", *PLACE)
"""Fields of STATISTICS; `start` in milliseconds since 1970. A point stands at the station's newest day."""

TEMPERATURES = ("degrees", "minimum", "maximum")
"""What of a day's temperature is predicted."""

PREDICTED_FIELDS = (
    "probability", "predicted", "model", "unseen", "yesterday", *(f"expected_{name}" for name in TEMPERATURES),
)  # fmt: skip
"""Fields of FORECAST that are written before the day; `unseen` is 1 where its model had not learned from the day."""

OBSERVED_FIELDS = ("observed", *(f"observed_{name}" for name in TEMPERATURES))
"""Fields of FORECAST that are written when the day has been reported."""

STATISTICS = "station_stats"
"""InfluxDB measurement of each station's statistics."""

FORECAST = "rain_forecast"
"""InfluxDB measurement of what was predicted for a station's day, and of what came."""


TRAINING = "rain_training"
"""InfluxDB measurement of the state of automatic training, at the time when it changed."""

MODELS = "rain_models"
"""InfluxDB measurement of each trained model of rain, at the time when its training began."""

TRAINING_FIELDS = ("state", "days", "needed", "model", "problem")
"""Fields of TRAINING: what it does in words, days of the dataset, days that a training needs, the model in use."""

MODEL_FIELDS = ("accuracy", "as_yesterday", "never_rain", "brier", "held_out_days", "kind", "trained_until")
"""Fields of MODELS, measured on days that were held out; `kind` such as decision_tree."""
