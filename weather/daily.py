"""The daily report: one station's day. Simulated stations send it; real ones' are computed from hourly readings."""

from __future__ import annotations

RAINY_FROM = 0.2
"""A day counts as rainy above this many millimetres."""

MAX_DEGREES = 1e9
"""A larger value is no temperature in any unit, and sums of such values could overflow. NaN fails a comparison too."""

SPARK_SCHEMA = (
    "station_id STRING, station STRING, date STRING, degrees DOUBLE, raining INT, minimum DOUBLE, maximum DOUBLE, "
    "LAT DOUBLE, LON DOUBLE"
)
"""A report as JSON: date is YYYY-MM-DD, degrees the day's mean, raining 0 or 1, station the name. Simulated stations
send no extremes, and no number: their name is their number."""

PLACE = ("LAT", "LON")
"""Fields of the station's position, in degrees north and east. A report may lack them."""

STATISTICS_FIELDS = ("start", "measurements", "avg", "min", "max", "rainy_share", *PLACE)
"""Fields of STATISTICS; `start` is in milliseconds since 1970. A point's time is the station's newest day."""

TEMPERATURES = ("degrees", "minimum", "maximum")
"""The temperatures of a day that are predicted."""

PREDICTED_FIELDS = (
    "probability", "predicted", "model", "unseen", "yesterday", *(f"expected_{name}" for name in TEMPERATURES),
)  # fmt: skip
"""Fields of FORECAST that are written before the day. `unseen` is 1 if the model was not trained on that day."""

OBSERVED_FIELDS = ("observed", *(f"observed_{name}" for name in TEMPERATURES))
"""Fields of FORECAST that are written after the day was reported."""

STATISTICS = "station_stats"
"""InfluxDB measurement of each station's statistics."""

FORECAST = "rain_forecast"
"""InfluxDB measurement of the predictions for a station's day and of the observed values."""


TRAINING = "rain_training"
"""InfluxDB measurement of the state of automatic training. A point's time is that of the change."""

MODELS = "rain_models"
"""InfluxDB measurement of each trained rain model. A point's time is the start of the training."""

TRAINING_FIELDS = ("state", "days", "needed", "model", "problem")
"""Fields of TRAINING: the state in words, days in the dataset, days that the next training needs, model in use,
and why the last training failed."""

MODEL_FIELDS = ("accuracy", "as_yesterday", "never_rain", "brier", "held_out_days", "kind", "trained_until")
"""Fields of MODELS. The scores are measured on held-out days; `kind` is a type of model, such as decision_tree."""
